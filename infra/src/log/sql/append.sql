-- The text of JSON becomes json here, before the function begins: what is not JSON fails, and all of it
-- is read, while nobody waits for the lock.
-- The last parameter comes back in every row: so an answer is known to be the one to this very call.
SELECT $26::uuid AS call, nth, status, command_id, order_id, outcome, version, position, recorded_at
FROM waybill_append($1, $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13, $14, $15, $16::text[]::json[], $17::text[]::json[], $18::text[]::json[], $19, $20,
    $21, $22, $23, $24, $25)
