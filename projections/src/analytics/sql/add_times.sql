INSERT INTO times (day, status, bucket, orders)
SELECT * FROM unnest($1::date[], $2::text[], $3::smallint[], $4::bigint[])
ON CONFLICT (day, status, bucket) DO UPDATE SET orders = times.orders + excluded.orders
