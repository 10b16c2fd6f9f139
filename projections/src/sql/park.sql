INSERT INTO parked (order_id, version, position, reason)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[])
