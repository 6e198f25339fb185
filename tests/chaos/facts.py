"""What the database says when all is over, as plain data that the verdict judges."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from chaos.fix_facts import FixFacts, read_fix_facts
from chaos.kinds import Answer, Kind, answer_of, kind_of
from sqlalchemy import Connection, Select, select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import event, finding, session, unit


@dataclass(frozen=True, slots=True)
class SessionFact:
    """A session's row; `good_cycle` is the scan that counts, `base` what it is compared with."""

    session_id: str
    workspace: str
    status: str
    error: str | None
    finished_at: float | None
    kind: Kind = Kind.SCAN
    answer: Answer = Answer.SCAN
    good_cycle: int = 1
    base: str | None = None


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A unit's row."""

    session_id: str
    key: str
    tool: str
    state: str
    outcome: str | None
    reason: str | None
    attempt: int
    findings: int | None
    finished_at: float | None
    cycle: int = 1


@dataclass(frozen=True, slots=True)
class FindingFact:
    """A finding without its session and cycle: equal in every run over the same repository."""

    tool: str
    path: str
    line: int
    rule: str
    fingerprint: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class EventFact:
    """One step of a session's history."""

    number: int
    kind: str
    data: dict[str, Any]


@dataclass
class Facts:
    """All rows, by session."""

    sessions: dict[str, SessionFact] = field(default_factory=dict)
    units: defaultdict[str, list[UnitFact]] = field(default_factory=lambda: defaultdict(list))
    # (session, cycle) -> finding -> number of rows
    findings: defaultdict[tuple[str, int], Counter[FindingFact]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    # (session, unit's key) -> number of rows
    rows_of_unit: Counter[tuple[str, str]] = field(default_factory=Counter)
    # in their order
    events: defaultdict[str, list[EventFact]] = field(default_factory=lambda: defaultdict(list))
    fixes: FixFacts = field(default_factory=FixFacts)

    def said(self, session_id: str) -> Counter[FindingFact]:
        """The findings that count."""
        return self.findings[session_id, self.sessions[session_id].good_cycle]

    def judged(self, session_id: str) -> list[UnitFact]:
        """The units of the scan that counts."""
        cycle = self.sessions[session_id].good_cycle
        return [each for each in self.units[session_id] if each.cycle == cycle]


def read_facts() -> Facts:
    """Read everything in one transaction."""
    facts = Facts()
    with reading() as connection:
        for row in connection.execute(_session_rows()).mappings():
            known = dict(row)
            request = known.pop("request")
            facts.sessions[row["session_id"]] = SessionFact(
                **known,
                kind=kind_of(request),
                answer=answer_of(request),
                base=(request.get("base") or {}).get("session_id"),
            )
        for row in connection.execute(_unit_rows()).mappings():
            facts.units[row["session_id"]].append(UnitFact(**row))
        _read_findings(connection, facts)
        history = select(event.c.session_id, event.c.id, event.c.kind, event.c.data)
        for session_id, *step in connection.execute(history.order_by(event.c.id)):
            facts.events[session_id].append(EventFact(*step))
        facts.fixes = read_fix_facts(connection)
    return facts


def _read_findings(connection: Connection, facts: Facts) -> None:
    columns = [finding.c[name] for name in FindingFact.__slots__]
    found = select(finding.c.session_id, finding.c.cycle, finding.c.unit_key, *columns)
    for session_id, cycle, key, *place in connection.execute(found):
        facts.findings[session_id, cycle][FindingFact(*place)] += 1
        facts.rows_of_unit[session_id, key] += 1


def _session_rows() -> Select[Any]:
    return select(
        session.c.id.label("session_id"),
        session.c.workspace,
        session.c.status,
        session.c.error,
        session.c.finished_at,
        session.c.good_cycle,
        session.c.request,
    )


def _unit_rows() -> Select[Any]:
    return select(*(unit.c[name] for name in UnitFact.__slots__))
