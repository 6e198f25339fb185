"""What happens to a session, as it is written into its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """The steps of a session's life; the facts beside each are ids, names and counts."""

    ACCEPTED = "accepted"
    ADMITTED = "admitted"
    SENT = "sent"
    STAGE_BEGUN = "stage_begun"
    STAGE_CLOSED = "stage_closed"
    UNIT_CLAIMED = "unit_claimed"
    UNIT_EXPIRED = "unit_expired"
    UNIT_POISONED = "unit_poisoned"
    UNIT_RELEASED = "unit_released"
    RECOVERED = "recovered"
    CANCELLED = "cancelled"
    INTEGRATED = "integrated"
    FINISHED = "finished"


class Action(StrEnum):
    """What somebody asked for: the words of the audit."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    RECOVER = "recover"
    TRUST = "trust"
    CALL = "call"
    ISSUE = "issue"
    REVOKE = "revoke"
    BASELINE = "baseline"
    APPLY = "apply"
    UNDO = "undo"
    INTEGRATE = "integrate"


# Whoever uses the command line, or a server without authentication, on this machine.
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A moment of a session: an event, or the end of a unit (`unit_ended`).

    `at` is in seconds since the epoch; `kind` is a word that a newer version may have made.
    """

    at: float
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
