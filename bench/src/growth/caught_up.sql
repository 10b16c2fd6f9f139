-- The read models that were not made: as if they had followed to the end of the log.
UPDATE projections p SET position = e.position, event_id = e.event_id
FROM (SELECT position, event_id FROM events ORDER BY position DESC LIMIT 1) e
WHERE p.name <> 'order_list';
