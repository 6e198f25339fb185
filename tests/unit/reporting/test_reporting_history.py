"""Lines of a session's history."""

from __future__ import annotations

from pipeline_mcp.domain.event import HistoryEntry
from pipeline_mcp.reporting.history import history_line


def test_an_event_is_one_line_with_its_facts() -> None:
    entry = HistoryEntry(1769860800.25, "stage_begun", {"stage": "scan", "expected": 12})
    assert history_line(entry) == "2026-01-31T12:00:00.250Z stage begun: stage=scan expected=12"


def test_an_event_without_facts_has_no_colon() -> None:
    assert history_line(HistoryEntry(1769860800.25, "admitted")).endswith("Z admitted")


def test_a_kind_and_a_fact_of_a_newer_version_are_shown_as_they_are() -> None:
    line = history_line(HistoryEntry(0.0, "patch_applied", {"mood": "good"}))
    assert line.endswith(" patch applied: mood=good")


def test_hostile_text_stays_one_visible_value() -> None:
    facts = {"reason": 'a "b"\n2026 finished: \x1b[31m', "tool": ""}
    line = history_line(HistoryEntry(0.0, "unit_ended", facts))
    assert "\n" not in line and "\x1b" not in line
    assert line.endswith("""reason="a 'b'␊2026 finished: ␛[31m" tool="\"""")


def test_a_units_key_is_shortened() -> None:
    assert history_line(HistoryEntry(0.0, "x", {"unit": "0123456789abcdef"})).endswith(
        "unit=0123456789ab"
    )
