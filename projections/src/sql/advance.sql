-- The checkpoint moves only from where the transaction found it: two nodes can never apply an event twice. And only to
-- an event that this log has: what a node holds in memory may be of a log that was replaced a moment ago.
UPDATE public.projections
SET position = $3, event_id = coalesce($4, event_id), stopped_because = $5, updated_at = clock_timestamp()
WHERE name = $1 AND position = $2
    AND ($4::uuid IS NULL OR EXISTS (SELECT FROM public.events e WHERE e.position = $3 AND e.event_id = $4))
