"""The resources of a session, and who hears of their changes."""
