-- Takes the lease $2 of projection $1 for $3, unless somebody holds it.
WITH free AS (
    SELECT projection FROM public.projection_rebuilds
    WHERE projection = $1 AND (rebuild_id IS NULL OR leased_until < clock_timestamp())
    FOR UPDATE SKIP LOCKED
)
UPDATE public.projection_rebuilds r
SET rebuild_id = $2, leased_until = clock_timestamp() + $3, started_at = clock_timestamp(),
    phase = 'clearing', done = 0, total = 0, position = 0, event_id = NULL, outcome = NULL, finished_at = NULL
FROM free WHERE r.projection = free.projection
