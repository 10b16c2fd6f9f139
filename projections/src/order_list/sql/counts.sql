SELECT status, orders FROM status_counts WHERE orders > 0
