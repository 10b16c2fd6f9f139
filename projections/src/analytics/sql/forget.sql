DELETE FROM contributions WHERE order_id = $1
