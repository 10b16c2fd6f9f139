-- How long those were in each status that left it from day $1 to day $2: the buckets, shortest first.
SELECT status, bucket, sum(orders)::bigint AS orders
FROM times WHERE day BETWEEN $1 AND $2
GROUP BY status, bucket
HAVING sum(orders) > 0
ORDER BY status, bucket
