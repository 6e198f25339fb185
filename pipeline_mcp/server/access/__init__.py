"""Who calls, and what of the server he may use."""
