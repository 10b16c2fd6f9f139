SELECT public.waybill_rebuild_clear($1, $2)
