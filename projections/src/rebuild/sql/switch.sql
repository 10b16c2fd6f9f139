UPDATE public.projections p
SET active = CASE p.active WHEN 'a' THEN 'b' ELSE 'a' END, position = r.position, event_id = r.event_id,
    stopped_because = NULL, updated_at = clock_timestamp(), switched_at = clock_timestamp()
FROM public.projection_rebuilds r
WHERE p.name = $1 AND r.projection = p.name AND r.rebuild_id = $2
