-- Both columns are unique; the domain sees to it that a reference cannot look like a number.
SELECT order_id, order_number, customer_id FROM order_keys WHERE order_number = $1
UNION ALL
SELECT order_id, order_number, customer_id FROM order_keys WHERE reference = $1
LIMIT 1
