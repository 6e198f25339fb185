"""Settings, profiles and secrets: the only reader of the process environment."""
