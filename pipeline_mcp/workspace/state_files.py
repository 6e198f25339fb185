"""Files in the state directory: replaced whole, and a full disk is one clear sentence."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

from pipeline_mcp.errors import ServiceError, TransientServiceError, passes

# Several hosts may share a state directory, where process ids alone could meet.
_HOST = secrets.token_hex(4)
_numbers = itertools.count()


@contextlib.contextmanager
def state_directory(path: Path) -> Iterator[None]:
    """Turn a failure of the operating system into one of the state directory that holds `path`.

    Raises:
        ServiceError: the disk is full, read-only, or refuses for another reason.
    """
    try:
        yield
    except OSError as error:
        kind = TransientServiceError if passes(error) else ServiceError
        raise kind(
            "state directory",
            f"{path} cannot be used: {(error.strerror or str(error)).lower()}",
            next_step="Make room or make it writable, or set PIPELINE_STATE_DIR to another place.",
        ) from error


def temporary_name() -> str:
    """A file name that no other thread, process or host uses."""
    return f".new-{_HOST}-{os.getpid()}-{threading.get_ident()}-{next(_numbers)}"


def replace_file(file: Path, content: bytes) -> None:
    """Write `file` so that a reader sees the old content or the new, never a part.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    fresh = file.parent / temporary_name()
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
