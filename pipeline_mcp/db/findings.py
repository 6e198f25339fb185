"""Findings of a session, written with the unit that found them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, update

from pipeline_mcp.db.batches import in_batches
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


def numbered(connection: Connection, session_id: str, *, cycle: int) -> dict[int, Finding]:
    """The findings of one scan by the numbers of their rows, in the order of `Finding.order`."""
    query = select(finding).where(finding.c.session_id == session_id, finding.c.cycle == cycle)
    found = {row["id"]: finding_of(row) for row in connection.execute(query).mappings()}
    return dict(sorted(found.items(), key=lambda pair: pair[1].order))


def rules_of(
    connection: Connection, session_id: str, fingerprints: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Tool and rule of the session's findings, in whichever scan, by these fingerprints."""
    rules: dict[str, tuple[str, str]] = {}
    for some in in_batches(fingerprints):
        wanted = finding.c.fingerprint.in_(some)
        query = select(finding.c.fingerprint, finding.c.tool, finding.c.rule).distinct()
        rows = connection.execute(query.where(finding.c.session_id == session_id, wanted))
        rules |= {fingerprint: (tool, rule) for fingerprint, tool, rule in rows}
    return rules


def mark_known(connection: Connection, known: Mapping[int, str]) -> None:
    """The findings of these numbers are not new: the text says by what they are known."""
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for number, reason in known.items():
        by_reason[reason].append(number)
    for reason, numbers in by_reason.items():
        for some in in_batches(numbers):
            connection.execute(
                update(finding).where(finding.c.id.in_(some)).values(is_new=False, known_by=reason)
            )


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
        known_by=row["known_by"] or "",
        edits=edits_from_dicts(row["edits"]),
    )
