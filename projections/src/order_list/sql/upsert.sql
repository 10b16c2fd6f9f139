INSERT INTO orders (order_id, customer_id, status, version, position, placed_at, updated_at, total, search, state)
SELECT t.id, t.customer, t.status, t.version, t.position, t.placed, t.updated, t.total,
    array_to_tsvector(string_to_array(t.words, ' ')), t.state::json
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[],
    $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::text[], $10::text[])
    AS t (id, customer, status, version, position, placed, updated, total, words, state)
ON CONFLICT (order_id) DO UPDATE SET
    status = excluded.status, version = excluded.version, position = excluded.position,
    placed_at = excluded.placed_at, updated_at = excluded.updated_at, total = excluded.total,
    search = excluded.search, state = excluded.state
