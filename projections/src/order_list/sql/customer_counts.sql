SELECT status, count(*) AS orders FROM orders WHERE customer_id = $1 GROUP BY status
