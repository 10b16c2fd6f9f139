SELECT position, matches FROM public.waybill_claim($1, $2)
