DELETE FROM parked WHERE order_id = $1
