"""A session's history as lines of text: when, what, and the facts as `name=value`."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.event import HistoryEntry
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.sanitise import visible

_LONGEST_VALUE = 500
_KEY_LETTERS = 12


def history_line(entry: HistoryEntry) -> str:
    """One line, without its end: `2026-01-31T12:00:00.250Z stage begun: stage=scan cycle=1`."""
    facts = " ".join(f"{name}={_value(name, value)}" for name, value in entry.facts.items())
    what = entry.kind.replace("_", " ")
    return f"{timestamp(entry.at)} {what}: {facts}" if facts else f"{timestamp(entry.at)} {what}"


def _value(name: str, value: Any) -> str:
    """In quotes where it would not be one word; a unit's key is a hash, and its start enough."""
    text = visible(f"{value}")[: _KEY_LETTERS if name == "unit" else _LONGEST_VALUE]
    if text and not any(letter in text for letter in ' "='):
        return text
    return '"' + text.replace('"', "'") + '"'
