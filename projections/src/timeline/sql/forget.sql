DELETE FROM entries WHERE order_id = $1
