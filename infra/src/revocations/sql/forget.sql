SELECT waybill_forget_revocations()
