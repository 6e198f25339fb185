"""Shared fixtures: private state, real servers, real git, and nothing left running."""

from __future__ import annotations

import signal

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
    "fixtures.authorization_server",
    "fixtures.web_server",
    "fixtures.warm_server",
    "fixtures.answers",
    "fixtures.github",
    "fixtures.git_server",
    "fixtures.committing",
    "fixtures.integrating",
]


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start, whoever has started the tests.

    A shell has what it runs in the background ignore it, and so would all that comes of that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
