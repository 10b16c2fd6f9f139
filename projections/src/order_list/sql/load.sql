SELECT order_id, state::text AS state FROM orders WHERE order_id = ANY($1)
