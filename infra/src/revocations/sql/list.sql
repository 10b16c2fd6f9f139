-- Those in force below a number, newest first.
SELECT revocation_id, kind, value, revoked_at, expires_at, reason, revoked_by
FROM revocations
WHERE revocation_id < $1 AND expires_at > now()
ORDER BY revocation_id DESC
LIMIT $2
