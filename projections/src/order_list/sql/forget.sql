WITH gone AS (
    DELETE FROM orders WHERE order_id = $1 RETURNING status
)
UPDATE status_counts c SET orders = c.orders - 1 FROM gone WHERE c.status = gone.status
