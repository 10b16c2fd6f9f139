-- What was placed in each hour or day ($1) from $2 to before $3. A revenue beyond what fits is the greatest
-- that does.
SELECT currency, start, orders, cancelled, least(revenue, 9223372036854775807)::bigint AS revenue
FROM placed
WHERE unit = $1 AND start >= $2 AND start < $3 AND orders > 0
ORDER BY currency, start
