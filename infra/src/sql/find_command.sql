-- What became of the command with key $1, as `waybill_append` would tell it again.
SELECT 'repeated' AS status, request, command_id, order_id, outcome, version, position, recorded_at
FROM commands WHERE key = $1
LIMIT 1
