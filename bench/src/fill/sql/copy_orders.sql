COPY order_keys (order_id, order_number, reference, customer_id) FROM STDIN (FORMAT binary)
