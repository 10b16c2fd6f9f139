-- A stretch of the log after position $1 up to $2, at most $3 events: only what must go up.
SELECT position, recorded_at FROM events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
