from __future__ import annotations

import pytest

from pipeline_mcp.domain.retention import Removed
from pipeline_mcp.reporting.removal import removal_document, removal_text

REMOVED = (Removed("sessions", 2, 1536), Removed("blobs", 1, 512))


def test_the_text_says_what_went_and_how_much_that_was() -> None:
    lines = removal_text(REMOVED, dry_run=False).splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["sessions", "2", "1.5", "KiB"],
        ["blobs", "1", "512", "B"],
    ]
    assert lines[2] == "2.0 KiB removed."


def test_a_dry_run_says_what_would_go() -> None:
    assert removal_text(REMOVED, dry_run=True).endswith("2.0 KiB would go.\n")


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024**2, "1.0 MiB"), (3 * 1024**4, "3.0 TiB")],
)
def test_sizes_are_shown_in_their_unit(size: int, shown: str) -> None:
    assert removal_text([Removed("blobs", 1, size)], dry_run=True).endswith(f"{shown} would go.\n")


def test_the_document_has_a_count_and_bytes_for_each_kind() -> None:
    assert removal_document(REMOVED, dry_run=True) == {
        "dry_run": True,
        "bytes": 2048,
        "removed": {
            "sessions": {"count": 2, "bytes": 1536},
            "blobs": {"count": 1, "bytes": 512},
        },
    }
