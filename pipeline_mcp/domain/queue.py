"""The queues that workers listen to."""

from __future__ import annotations

from enum import StrEnum


class Queue(StrEnum):
    """In the order in which a worker asks them, where two have messages of the same priority:
    short tasks first, so that a session's plan need not wait for somebody else's long tools."""

    MAINTENANCE = "maintenance"
    WORKSPACE = "workspace"
    FIX = "fix"
    LINT = "lint"


def workspace_queue(node: str) -> str:
    """The queue of the workers on one host: a snapshot must be taken where the workspace is."""
    return f"{Queue.WORKSPACE}.{node}"
