-- Seconds until nobody can still be reading what was live before the last switch, if that takes $2.
SELECT CASE WHEN switched_at > clock_timestamp() - $2::interval
    THEN extract(epoch FROM switched_at + $2::interval - clock_timestamp())::float8 ELSE 0 END
FROM public.projections WHERE name = $1
