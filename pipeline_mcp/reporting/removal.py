"""What `db prune` says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline_mcp.domain.retention import Removed

_STEP = 1024
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def removal_document(removed: Sequence[Removed], *, dry_run: bool) -> dict[str, Any]:
    """`dry_run`, `bytes` in all, and `removed`: a count and bytes by kind."""
    return {
        "dry_run": dry_run,
        "bytes": sum(one.bytes for one in removed),
        "removed": {one.kind: {"count": one.count, "bytes": one.bytes} for one in removed},
    }


def removal_text(removed: Sequence[Removed], *, dry_run: bool) -> str:
    """A line for each kind and one for all."""
    lines = [f"{one.kind:<10}{one.count:>9}{_size(one.bytes):>12}" for one in removed]
    total = _size(sum(one.bytes for one in removed))
    last = f"{total} would go." if dry_run else f"{total} removed."
    return "\n".join((*lines, last)) + "\n"


def _size(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < _STEP:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} {_UNITS[-1]}"
