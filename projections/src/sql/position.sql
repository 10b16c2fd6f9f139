SELECT position FROM public.projections WHERE name = $1
