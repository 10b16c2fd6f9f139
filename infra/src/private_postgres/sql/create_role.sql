DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        CREATE ROLE waybill_app LOGIN IN ROLE waybill_service;
    END IF;
END
$$
