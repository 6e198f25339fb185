"""Whether this process is about to end, so that whoever waits in it comes to an end as well."""

from __future__ import annotations

import threading

_begun = threading.Event()


def begin() -> None:
    """From now on the process finishes what it has begun, and begins nothing else."""
    _begun.set()


def is_draining() -> bool:
    """True once `begin` was called; there is no way back."""
    return _begun.is_set()
