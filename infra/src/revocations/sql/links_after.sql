-- The revocations of tracking links above a number, in the order in which they became visible.
SELECT order_id, revoked_at, expires_at, change
FROM tracking_links
WHERE change > $1 AND expires_at > now()
ORDER BY change
LIMIT $2
