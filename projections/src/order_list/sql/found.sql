SELECT order_id, state::text AS state, tsvector_to_array(search) AS words, json_build_object(
    'customer_id', customer_id, 'status', status, 'version', version, 'position', position,
    'placed_at', (extract(epoch FROM placed_at) * 1000000)::bigint,
    'updated_at', (extract(epoch FROM updated_at) * 1000000)::bigint,
    'total', total
)::text AS columns
FROM orders WHERE order_id = ANY($1)
