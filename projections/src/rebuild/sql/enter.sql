SELECT * FROM public.waybill_rebuild_enter($1, $2, $3)
