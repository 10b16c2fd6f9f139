UPDATE public.projection_rebuilds
SET position = $4, event_id = coalesce($5, event_id)
WHERE projection = $1 AND rebuild_id = $2 AND position = $3
