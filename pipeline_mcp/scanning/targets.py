"""Which paths a session was asked about."""

from __future__ import annotations

from collections.abc import Sequence


def is_target(path: str, targets: Sequence[str]) -> bool:
    """True if `path` is one of the targets or lies below one; no targets means everything.

    An empty path stands for the whole program and is always asked about.
    """
    return (
        not targets
        or not path
        or any(path == target or path.startswith(f"{target.rstrip('/')}/") for target in targets)
    )
