UPDATE public.projection_rebuilds
SET rebuild_id = NULL, leased_until = '-infinity', outcome = $3, finished_at = clock_timestamp()
WHERE projection = $1 AND rebuild_id = $2
