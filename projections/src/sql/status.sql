SELECT p.stopped_because, p.updated_at, h.position AS head,
    coalesce(extract(epoch FROM clock_timestamp() - n.recorded_at), 0)::float8 AS lag_seconds,
    (SELECT count(*) FROM parked) AS parked,
    r.rebuild_id IS NOT NULL AND r.leased_until > clock_timestamp() AS rebuilding,
    r.phase, r.done, r.total, r.started_at, r.finished_at, r.outcome
FROM projections p
JOIN projection_rebuilds r ON r.projection = p.name
CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM events) h
LEFT JOIN events n ON n.position = p.position + 1
WHERE p.name = $1
