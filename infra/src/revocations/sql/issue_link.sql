-- The lifetime is in seconds.
SELECT link_issued_at, link_expires_at FROM waybill_issue_link($1, make_interval(secs => $2))
