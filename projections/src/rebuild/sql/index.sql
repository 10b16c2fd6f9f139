SELECT public.waybill_rebuild_index($1, $2, $3, $4)
