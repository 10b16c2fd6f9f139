-- The newest event and the epoch, from one snapshot; position 0 in an empty log. And what time it is here.
SELECT coalesce(e.position, 0) AS position, e.event_id, epoch.epoch, clock_timestamp() AS time
FROM (SELECT max(epoch) AS epoch FROM epochs) epoch
LEFT JOIN LATERAL (SELECT position, event_id FROM events ORDER BY position DESC LIMIT 1) e ON true
