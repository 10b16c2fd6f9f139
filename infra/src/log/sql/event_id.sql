SELECT event_id FROM events WHERE position = $1
