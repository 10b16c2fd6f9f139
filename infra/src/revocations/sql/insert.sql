-- The number and the time are given by the trigger.
INSERT INTO revocations (kind, value, expires_at, reason, revoked_by)
VALUES ($1, $2, $3, $4, $5)
RETURNING revocation_id, kind, value, revoked_at, expires_at, reason, revoked_by
