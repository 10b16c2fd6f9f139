-- How far both copies are, and whether the live one was made from this log.
SELECT p.position AS live, r.position AS rebuilt, p.position = 0 OR EXISTS (
    SELECT FROM public.events e WHERE e.position = p.position AND e.event_id = p.event_id
) AS matches
FROM public.projections p JOIN public.projection_rebuilds r ON r.projection = p.name
WHERE p.name = $1
