-- What is the same in every call of ceiling.pgbench: the parts of a hundred new orders that do not tell one from
-- another, as the service sends them.
CREATE SEQUENCE bench_calls;
CREATE TABLE bench_batch AS
SELECT array_fill(NULL::bytea, ARRAY[100]) AS none,
    array_fill(0::bigint, ARRAY[100]) AS expected,
    array_fill(1, ARRAY[100]) AS one,
    array_fill(1::bigint, ARRAY[100]) AS first,
    array_fill(NULL::text, ARRAY[100]) AS nothing,
    array_fill('cust-7'::text, ARRAY[100]) AS customer,
    (SELECT array_agg(n ORDER BY n) FROM generate_series(1, 100) n) AS counted,
    array_fill('OrderCreated'::text, ARRAY[100]) AS type,
    array_fill('1.0'::text, ARRAY[100]) AS form,
    array_fill('{"Created":{"order_number":"ORD-10001","customer_id":"cust-7","placed_at":"2025-01-01T11:59:30.500000Z","pricing":{"currency":"EUR","items":[{"line_id":"1","sku":"TEA-250","title":"Green tea, 250 g","quantity":2,"unit_price":1250},{"line_id":"2","sku":"POT-1","title":"Teapot","quantity":1,"unit_price":3000}],"discount":500,"shipping":490,"tax":985,"tax_included":false,"total":6475}}}'::json, ARRAY[100]) AS payload,
    array_fill('{"shipping_address":{"name":"Ada Sample","company":"Sample Works","line1":"Kanalstrasse 12","line2":"2nd floor","city":"Zurich","region":"ZH","postal_code":"8001","country":"CH","phone":"+41 44 555 01 23","email":"ada@example.org"},"notes":"Please ring twice.","metadata":{"channel":"web","campaign":"winter"}}'::json, ARRAY[100]) AS personal,
    array_fill('{"actor_kind":"service","correlation_id":"bench"}'::json, ARRAY[100]) AS metadata,
    array_fill('service'::text, ARRAY[100]) AS kind,
    array_fill('service-1'::text, ARRAY[100]) AS actor,
    array_fill('bench'::text, ARRAY[100]) AS correlation
