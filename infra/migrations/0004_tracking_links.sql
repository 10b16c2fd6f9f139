-- Tracking links. The links themselves are nowhere: whoever has one holds a signed token that says for which
-- order it is and when it was issued. What has to be known of an order is when its last link ends, and up to
-- when its links were taken back.

CREATE TABLE tracking_links (
    order_id   uuid        PRIMARY KEY,
    -- When its newest link was issued; null where only a revocation is known.
    issued_at  timestamptz,
    -- When the last of its links ends. From then on nothing needs to be known of it.
    expires_at timestamptz NOT NULL,
    -- Every link issued up to then is taken back.
    revoked_at timestamptz,
    -- The subject of whoever took them back.
    revoked_by text        CHECK (octet_length(revoked_by) BETWEEN 1 AND 256),
    -- Numbers the revocations in the order in which they became visible, so that a reader who has seen n need
    -- ask for what is above n only.
    change     bigint      UNIQUE,
    CHECK ((revoked_at IS NULL) = (change IS NULL) AND (revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX tracking_links_by_expiry ON tracking_links (expires_at);
CREATE SEQUENCE tracking_link_changes OWNED BY tracking_links.change;

-- The times of a new link. Later than every revocation of the order's links, also where the clock was set back
-- or both fall on one microsecond.
CREATE FUNCTION waybill_issue_link(p_order uuid, p_lifetime interval)
RETURNS TABLE (link_issued_at timestamptz, link_expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET lock_timeout = '4s'
AS $$
DECLARE
    v_issued timestamptz;
BEGIN
    INSERT INTO tracking_links AS l (order_id, issued_at, expires_at)
    VALUES (p_order, clock_timestamp(), clock_timestamp() + p_lifetime)
    ON CONFLICT (order_id) DO UPDATE SET issued_at =
        greatest(clock_timestamp(), l.issued_at, l.revoked_at + interval '1 microsecond')
    RETURNING l.issued_at INTO v_issued;
    UPDATE tracking_links SET expires_at = greatest(expires_at, v_issued + p_lifetime)
    WHERE order_id = p_order;
    RETURN QUERY SELECT v_issued, v_issued + p_lifetime;
END
$$;
REVOKE ALL ON FUNCTION waybill_issue_link FROM PUBLIC;

-- Takes back every link of an order. It is remembered for as long as any of them can live: until the last that
-- is known ends, and for at least p_longest, in case the database was restored and knows too few.
CREATE FUNCTION waybill_revoke_links(p_order uuid, p_longest interval, p_by text)
RETURNS TABLE (links_revoked_at timestamptz, links_expire_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET lock_timeout = '4s'
AS $$
BEGIN
    -- 'LINK' in ASCII. Held until the commit is visible, so that number 6 is never seen before number 5.
    PERFORM pg_advisory_xact_lock(1279872587);
    PERFORM pg_notify('waybill_revocations', 'link');
    RETURN QUERY
    INSERT INTO tracking_links AS l (order_id, expires_at, revoked_at, revoked_by, change)
    VALUES (p_order, clock_timestamp() + p_longest, clock_timestamp(), p_by, nextval('tracking_link_changes'))
    ON CONFLICT (order_id) DO UPDATE SET
        expires_at = greatest(l.expires_at, excluded.expires_at),
        revoked_at = greatest(clock_timestamp(), l.issued_at, l.revoked_at),
        revoked_by = excluded.revoked_by,
        change = excluded.change
    RETURNING l.revoked_at, l.expires_at;
END
$$;
REVOKE ALL ON FUNCTION waybill_revoke_links FROM PUBLIC;

-- An hour's grace, so that a node whose clock is behind doesn't take a link for a living one.
CREATE FUNCTION waybill_forget_links() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM tracking_links WHERE expires_at < clock_timestamp() - interval '1 hour' RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
REVOKE ALL ON FUNCTION waybill_forget_links FROM PUBLIC;

REVOKE ALL ON tracking_links FROM PUBLIC;
GRANT SELECT ON tracking_links TO waybill_service;
GRANT EXECUTE ON FUNCTION waybill_issue_link, waybill_revoke_links, waybill_forget_links TO waybill_service;
