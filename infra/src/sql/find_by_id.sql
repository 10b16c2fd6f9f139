SELECT order_id, order_number, customer_id FROM order_keys WHERE order_id = $1
