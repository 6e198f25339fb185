"""A line of the audit: who did what to which session, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`action` is an `Action`'s word, or that of a newer version; `facts` are JSON-ready."""

    number: int
    principal: str
    action: str
    session_id: str | None
    facts: dict[str, Any]
    created_at: float
