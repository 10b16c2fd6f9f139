INSERT INTO entries (order_id, version, position, recorded_at, to_status, entry)
SELECT t.id, t.version, t.position, t.recorded, t.status, t.entry::json
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[])
    AS t (id, version, position, recorded, status, entry)
