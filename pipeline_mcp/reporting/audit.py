"""The audit, for programs and for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline_mcp.domain.audit import AuditEntry
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.sanitise import one_line


def audit_document(entries: Sequence[AuditEntry], cursor: str | None) -> dict[str, Any]:
    """JSON-ready; `cursor` is null on the last page, times are in UTC."""
    rows = [
        {
            "at": timestamp(entry.created_at),
            "principal": entry.principal,
            "action": entry.action,
            "session_id": entry.session_id,
            "facts": entry.facts,
        }
        for entry in entries
    ]
    return {"entries": rows, "cursor": cursor}


def audit_text(entries: Sequence[AuditEntry]) -> str:
    """A line for each entry: when, who, what, which session, and the facts as JSON."""
    return "".join(_line(entry) for entry in entries) or "Nothing is written there.\n"


def _line(entry: AuditEntry) -> str:
    at = datetime.fromtimestamp(entry.created_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    facts = json.dumps(entry.facts, ensure_ascii=False)
    words = (at, entry.principal, entry.action, entry.session_id or "-", facts)
    return one_line("  ".join(words)) + "\n"
