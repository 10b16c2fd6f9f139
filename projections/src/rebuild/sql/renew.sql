UPDATE public.projection_rebuilds
SET leased_until = clock_timestamp() + $3, phase = $4, done = $5, total = $6
WHERE projection = $1 AND rebuild_id = $2
