"""The standard streams, mended so that none of them can make a command fail."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


def mend_standard_streams() -> None:
    """Open to nowhere what is closed, and let standard error lose what nobody takes.

    The next file that is opened would get a closed stream's number, and with it what the
    programs that we start print. The exit code must not depend on who listens to the progress.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest free number is the closed stream's own.
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 - it stays open
        elif name == "stderr":
            sys.stderr = _lossy(sys.stderr)


def _lossy(stream: TextIO) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Lossy(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
        write_through=True,
    )


class _Lossy(io.FileIO):
    """A file that takes everything and loses what cannot be written."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes
