-- The server's process that serves this connection: notifications say which one sent them.
SELECT pg_backend_pid()
