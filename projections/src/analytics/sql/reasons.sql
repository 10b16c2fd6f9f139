-- How many were called off for each reason from day $1 to day $2.
SELECT reason, sum(orders)::bigint AS orders
FROM cancellations WHERE day BETWEEN $1 AND $2
GROUP BY reason
HAVING sum(orders) > 0
ORDER BY reason
