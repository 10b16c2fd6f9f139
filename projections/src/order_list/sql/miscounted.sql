SELECT status FROM status_counts
FULL JOIN (SELECT status, count(*) AS orders FROM orders GROUP BY status) counted USING (status)
WHERE coalesce(status_counts.orders, 0) <> coalesce(counted.orders, 0)
