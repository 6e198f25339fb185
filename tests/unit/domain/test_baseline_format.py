"""The baseline file: stable, small in review, and read with suspicion."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from pipeline_mcp.domain.baseline import (
    MOST_ENTRIES,
    Baseline,
    BaselineError,
    Entry,
    baseline_from_text,
    baseline_text,
)

ENTRY = Entry("a.py", "ruff", "F401", "f", "größer \u202e", "0" * 16, "a" * 32)


def text(**changes: Any) -> bytes:
    document = {"version": 1, "findings": [asdict(ENTRY) | changes]}
    return json.dumps(document).encode()


def test_it_is_read_as_it_was_written_duplicates_too() -> None:
    kept = Baseline((ENTRY, ENTRY))
    assert baseline_from_text(baseline_text(kept).encode(), "b") == kept
    assert baseline_from_text(baseline_text(Baseline()).encode(), "b") == Baseline()


def test_one_finding_is_one_line_whatever_the_order() -> None:
    other = Entry("b.py", "ruff", "F401", "", "x", "", "b" * 32)
    one, both = baseline_text(Baseline((ENTRY,))), baseline_text(Baseline((other, ENTRY)))
    assert both == baseline_text(Baseline((ENTRY, other)))
    assert len(both.splitlines()) == len(one.splitlines()) + 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "it is not JSON in line 1"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it must be a mapping with a list `findings`"),
        (b'{"version": 2, "findings": []}', "its `version` must be 1"),
        (b'{"version": true, "findings": []}', "its `version` must be 1"),
        (b'{"version": 1, "findings": [7]}', "findings[0] is not a mapping"),
        (b" " * (32 * 1024 * 1024 + 1), "it is larger than 32 MiB"),
        (
            json.dumps({"version": 1, "findings": [0] * (MOST_ENTRIES + 1)}).encode(),
            "it has more than 200,000 findings",
        ),
        (text(path="../a.py"), "findings[0].path must stay inside the workspace"),
        (text(path="/etc/passwd"), "findings[0].path must stay inside the workspace"),
        (text(path=".git/config"), "findings[0].path must stay inside the workspace"),
        (text(fingerprint="a"), "findings[0].fingerprint must be 32 hexadecimal digits"),
        (text(context="../"), "findings[0].context must be hexadecimal digits"),
        (text(rule=None), "findings[0].rule must be a text"),
        (text(message="x" * 10_000), "findings[0].message must be a text"),
        (text(symbol="\ud800"), "findings[0].symbol must be a text"),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_place(content: bytes, problem: str) -> None:
    with pytest.raises(BaselineError) as refused:
        baseline_from_text(content, "line.json")
    assert str(refused.value).startswith(f"The baseline line.json cannot be used: {problem}")
