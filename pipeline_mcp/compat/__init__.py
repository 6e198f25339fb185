"""The older system's commands under their old names, done by this one."""
