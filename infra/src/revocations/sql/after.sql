-- Those in force above a number, in the order in which they became visible.
SELECT revocation_id, kind, value, revoked_at, expires_at, reason, revoked_by
FROM revocations
WHERE revocation_id > $1 AND expires_at > now()
ORDER BY revocation_id
LIMIT $2
