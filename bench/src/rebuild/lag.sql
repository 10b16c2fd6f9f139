-- For how long the oldest event that one of the live copies lacks has been waiting, in seconds.
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - n.recorded_at)), 0)::float8
FROM projections p JOIN events n ON n.position = p.position + 1
