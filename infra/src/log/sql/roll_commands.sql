SELECT waybill_roll_commands($1)
