-- Every read model: as if it had followed to the end of the log.
UPDATE projections p SET position = e.position, event_id = e.event_id
FROM (SELECT position, event_id FROM events ORDER BY position DESC LIMIT 1) e;
