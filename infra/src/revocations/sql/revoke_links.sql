-- For how long links can live is in seconds.
SELECT links_revoked_at, links_expire_at FROM waybill_revoke_links($1, make_interval(secs => $2), $3)
