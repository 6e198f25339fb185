"""Findings of a session, written with the unit that found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from pipeline_mcp.db.cycles import good_cycle
from pipeline_mcp.db.tables import finding
from pipeline_mcp.domain.finding import Finding, Severity, edits_from_dicts
from pipeline_mcp.domain.unit import Unit


def insert(connection: Connection, unit: Unit, findings: Sequence[Finding]) -> None:
    """Write the findings of one unit; the caller has made sure that this happens once."""
    if not findings:
        return
    rows = []
    for one in findings:
        row = asdict(one)
        row["severity"] = one.severity.value
        row["edits"] = row["edits"] or None
        rows.append(
            row | {"session_id": unit.session_id, "cycle": unit.cycle, "unit_key": unit.key}
        )
    connection.execute(finding.insert(), rows)


def all_of(connection: Connection, session_id: str, *, cycle: int | None = None) -> list[Finding]:
    """All findings of a cycle in the order of `Finding.order`; None is the one that counts."""
    rows = connection.execute(select(finding).where(*of_cycle(session_id, cycle)))
    return sorted((finding_of(row) for row in rows.mappings()), key=lambda one: one.order)


def by_severity(connection: Connection, session_id: str) -> dict[Severity, int]:
    """How many new findings of each severity the session has."""
    rows = connection.execute(
        select(finding.c.severity, func.count())
        .where(*of_cycle(session_id), finding.c.is_new)
        .group_by(finding.c.severity)
    )
    return {Severity(severity): count for severity, count in rows}


def of_cycle(session_id: str, cycle: int | None = None) -> tuple[ColumnElement[bool], ...]:
    """True for the findings of that cycle; None is the one that counts."""
    wanted = good_cycle(session_id) if cycle is None else cycle
    return finding.c.session_id == session_id, finding.c.cycle == wanted


def finding_of(row: RowMapping) -> Finding:
    """The finding that a whole row is about."""
    return Finding(
        tool=row["tool"],
        rule=row["rule"],
        severity=Severity(row["severity"]),
        message=row["message"],
        path=row["path"],
        line=row["line"],
        column=row["column"],
        end_line=row["end_line"],
        end_column=row["end_column"],
        fixable=row["fixable"],
        fingerprint=row["fingerprint"],
        is_new=row["is_new"],
        edits=edits_from_dicts(row["edits"]),
    )
