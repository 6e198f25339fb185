"""A lock between threads and processes of one host, held by an open file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class FileLock:
    """A lock on `file`, which is made if need be and may be removed by who holds it alone.

    The system lets go of the lock when its process dies.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = self._open()

    def share(self) -> None:
        """Wait until nobody holds it alone, and hold it together with others."""
        self._lock(fcntl.LOCK_SH)

    def exclude(self) -> None:
        """Wait until nobody else holds it, and hold it alone."""
        self._lock(fcntl.LOCK_EX)

    def try_exclude(self) -> bool:
        """Hold it alone, unless somebody else holds it now."""
        try:
            self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def touch(self) -> None:
        """Set the file's modification time to now."""
        os.utime(self._descriptor)

    def close(self) -> None:
        """Let go."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> int:
        return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _lock(self, how: int) -> None:
        fcntl.flock(self._descriptor, how)
        while self._is_stale():
            os.close(self._descriptor)
            self._descriptor = self._open()
            fcntl.flock(self._descriptor, how)

    def _is_stale(self) -> bool:
        """True if the file was removed, so that newcomers lock another one of the same name."""
        try:
            there = self._file.stat()
        except FileNotFoundError:
            return True
        return there.st_ino != os.fstat(self._descriptor).st_ino
