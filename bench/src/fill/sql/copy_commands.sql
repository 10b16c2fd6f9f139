COPY commands (key, request, command_id, order_id, version, position, outcome, recorded_at) FROM STDIN (FORMAT binary)
