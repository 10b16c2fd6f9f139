-- The checkpoint moves only from where the transaction found it: two nodes can never apply an event twice.
UPDATE public.projections
SET position = $3, event_id = coalesce($4, event_id), stopped_because = $5, updated_at = clock_timestamp()
WHERE name = $1 AND position = $2
