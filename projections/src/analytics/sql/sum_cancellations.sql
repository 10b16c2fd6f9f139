INSERT INTO cancellations (day, reason, orders)
SELECT cancelled_on, cancel_reason, count(*) FROM contributions WHERE cancelled_on IS NOT NULL GROUP BY 1, 2
