-- Which of the orders $1 are parked, and how many are in all. The table is nearly always empty.
SELECT coalesce(array_agg(order_id) FILTER (WHERE order_id = ANY($1)), '{}') AS among, count(*) AS total
FROM parked
