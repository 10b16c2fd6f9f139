-- What is the same in every call of ceiling.pgbench: the parts of fifty new orders, and of fifty changes of the status of
-- the fifty before them, that do not tell one from another, as the service sends them.
CREATE SEQUENCE bench_calls_0;
CREATE SEQUENCE bench_calls_1;
CREATE TABLE bench_batch AS
SELECT array_fill(NULL::bytea, ARRAY[100]) AS none,
    array_fill(0::bigint, ARRAY[50]) || array_fill(1::bigint, ARRAY[50]) AS expected,
    array_fill(1, ARRAY[100]) AS one,
    array_fill(1::bigint, ARRAY[50]) || array_fill(2::bigint, ARRAY[50]) AS version,
    array_fill(NULL::text, ARRAY[100]) AS nothing,
    array_fill(NULL::text, ARRAY[50]) AS half,
    array_fill('cust-7'::text, ARRAY[100]) AS customer,
    (SELECT array_agg(n ORDER BY n) FROM generate_series(1, 100) n) AS counted,
    array_fill('OrderCreated'::text, ARRAY[50]) || array_fill('OrderStatusChanged'::text, ARRAY[50]) AS type,
    array_fill('1.0'::text, ARRAY[100]) AS form,
    array_fill('{"Created":{"order_number":"ORD-10001","customer_id":"cust-7","placed_at":"2025-01-01T11:59:30.500000Z","pricing":{"currency":"EUR","items":[{"line_id":"1","sku":"TEA-250","title":"Green tea, 250 g","quantity":2,"unit_price":1250},{"line_id":"2","sku":"POT-1","title":"Teapot","quantity":1,"unit_price":3000}],"discount":500,"shipping":490,"tax":985,"tax_included":false,"total":6475}}}'::json, ARRAY[50])
        || array_fill('{"StatusChanged":{"from":"pending","to":"processing"}}'::json, ARRAY[50]) AS payload,
    array_fill('{"shipping_address":{"name":"Ada Sample","company":"Sample Works","line1":"Kanalstrasse 12","line2":"2nd floor","city":"Zurich","region":"ZH","postal_code":"8001","country":"CH","phone":"+41 44 555 01 23","email":"ada@example.org"},"notes":"Please ring twice.","metadata":{"channel":"web","campaign":"winter"}}'::json, ARRAY[50])
        || array_fill(NULL::json, ARRAY[50]) AS personal,
    array_fill('{"actor_kind":"service","correlation_id":"bench"}'::json, ARRAY[100]) AS metadata,
    array_fill('service'::text, ARRAY[100]) AS kind,
    array_fill('service-1'::text, ARRAY[100]) AS actor,
    array_fill('bench'::text, ARRAY[100]) AS correlation;

-- Those whose status the first calls change.
SELECT count(*)
FROM bench_batch b, generate_series(0, 1) client,
LATERAL (
    SELECT ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 50)) AS command,
        ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 50)) AS id,
        ARRAY(SELECT '00000000-0000-7000-800' || client || '-' || lpad(to_hex(50 + g), 12, '0') FROM generate_series(1, 50) g) AS ord,
        ARRAY(SELECT 'SQL-' || client || '-' || (50 + g) FROM generate_series(1, 50) g) AS number
    OFFSET 0
) c,
waybill_append(b.none[:50], b.none[:50], c.command, c.ord, b.expected[:50], b.one[:50], b.customer[:50], c.number, b.half,
    b.counted[:50], c.id, c.ord, b.version[:50], b.type[:50], b.form[:50], b.payload[:50], b.personal[:50], b.metadata[:50],
    b.customer[:50], c.number, b.kind[:50], b.actor[:50], c.command, b.correlation[:50], b.half) a;
SELECT nextval('bench_calls_0'), nextval('bench_calls_1');
