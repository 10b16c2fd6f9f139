SELECT order_id FROM parked WHERE order_id = ANY($1)
