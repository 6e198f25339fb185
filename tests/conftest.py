"""Shared fixtures: private state, real servers, real git, and nothing left running."""

from __future__ import annotations

# In the order of their imports: pytest prepares a plugin before it is first imported.
pytest_plugins = [
    "fixtures.waiting",
    "fixtures.requirements",
    "fixtures.processes",
    "fixtures.state",
    "fixtures.git",
    "fixtures.postgres",
    "fixtures.database",
    "fixtures.redis",
    "fixtures.stack",
    "fixtures.stack_commands",
    "fixtures.servers",
    "fixtures.hosts",
    "fixtures.own_tools",
    "fixtures.warm_stack",
    "fixtures.github",
]
