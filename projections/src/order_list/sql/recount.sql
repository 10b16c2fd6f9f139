INSERT INTO status_counts (status, orders)
SELECT status, count(*) FROM orders GROUP BY status
