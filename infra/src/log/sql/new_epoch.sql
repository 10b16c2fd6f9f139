SELECT waybill_new_epoch($1, $2)
