"""Submit, follow, cancel, recover: the only way to start work."""
