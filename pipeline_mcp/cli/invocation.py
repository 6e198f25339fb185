"""What the outermost boundary must know about this invocation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Invocation:
    """Filled in by the root command; `debug` shows tracebacks."""

    debug: bool = False
