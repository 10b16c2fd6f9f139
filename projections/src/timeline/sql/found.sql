SELECT order_id, version, position, recorded_at, to_status, entry::text AS entry
FROM entries WHERE order_id = ANY($1)
ORDER BY order_id, version
