SELECT public.waybill_use($1)
