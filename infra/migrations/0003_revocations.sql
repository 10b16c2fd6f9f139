-- Tokens, sessions and subjects whose access was taken back. The service may add and read; it forgets
-- through waybill_forget_revocations only, which touches nothing that is still in force.

CREATE TABLE revocations (
    -- In the order in which they were made and became visible, so that a reader who has seen n need ask
    -- for what is above n only. Given by the trigger, under its lock.
    revocation_id bigint      PRIMARY KEY,
    -- token: one token (its jti); session: one session (its sid); subject: all that was issued to a
    -- subject up to revoked_at.
    kind          text        NOT NULL CHECK (kind IN ('token', 'session', 'subject')),
    -- The token's or the session's id, or the subject. Never a token itself.
    value         text        NOT NULL CHECK (octet_length(value) BETWEEN 1 AND 256),
    -- By the database's clock, given by the trigger.
    revoked_at    timestamptz NOT NULL,
    -- From then on no token that it concerns can live.
    expires_at    timestamptz NOT NULL CHECK (expires_at > revoked_at),
    -- For people.
    reason        text        CHECK (octet_length(reason) BETWEEN 1 AND 500),
    -- The subject of whoever took the access back.
    revoked_by    text        NOT NULL CHECK (octet_length(revoked_by) BETWEEN 1 AND 256)
);
CREATE INDEX revocations_by_expiry ON revocations (expires_at);
CREATE SEQUENCE revocation_numbers OWNED BY revocations.revocation_id;

-- A bare sequence would let number 6 become visible before number 5, and a reader then skips 5. So the
-- number is taken under a lock that is released after the commit is visible.
CREATE FUNCTION waybill_number_revocation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET lock_timeout = '4s'
AS $$
BEGIN
    -- 'REVO' in ASCII; the append has a lock of its own.
    PERFORM pg_advisory_xact_lock(1380275791);
    NEW.revocation_id := nextval('revocation_numbers');
    NEW.revoked_at := clock_timestamp();
    PERFORM pg_notify('waybill_revocations', NEW.revocation_id::text);
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION waybill_number_revocation FROM PUBLIC;
CREATE TRIGGER revocations_numbered BEFORE INSERT ON revocations
    FOR EACH ROW EXECUTE FUNCTION waybill_number_revocation();

-- An hour's grace, so that a node whose clock is behind doesn't miss one.
CREATE FUNCTION waybill_forget_revocations() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM revocations WHERE expires_at < clock_timestamp() - interval '1 hour' RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
REVOKE ALL ON FUNCTION waybill_forget_revocations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waybill_forget_revocations TO waybill_service;

REVOKE ALL ON revocations FROM PUBLIC;
GRANT SELECT, INSERT ON revocations TO waybill_service;
