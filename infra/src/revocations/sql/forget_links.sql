SELECT waybill_forget_links()
