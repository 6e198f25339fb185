"""Findings of a session, written with the unit that found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, String, and_, func, or_, select

from pipeline_mcp.db.tables import finding
from pipeline_mcp.domain.finding import Finding, Severity, edits_from_dicts
from pipeline_mcp.domain.query import FindingFilter
from pipeline_mcp.domain.unit import Unit

_ORDER = (
    finding.c.path,
    finding.c.line,
    finding.c.column,
    finding.c.end_line,
    finding.c.end_column,
    finding.c.tool,
    finding.c.rule,
    finding.c.message,
    finding.c.id,
)


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


def all_of(connection: Connection, session_id: str) -> list[Finding]:
    """All findings of a session in the order of `Finding.order`."""
    rows = connection.execute(select(finding).where(finding.c.session_id == session_id))
    return sorted((_finding(row) for row in rows.mappings()), key=lambda one: one.order)


def page(
    connection: Connection, session_id: str, filters: FindingFilter, *, limit: int, offset: int
) -> tuple[list[Finding], int]:
    """`limit` findings that match, from `offset` on, and how many match in all."""
    matches = and_(finding.c.session_id == session_id, *_conditions(connection, filters))
    total = connection.execute(select(func.count()).where(matches)).scalar_one()
    query = select(finding).where(matches).order_by(*_order(connection)).limit(limit).offset(offset)
    return [_finding(row) for row in connection.execute(query).mappings()], total


def _order(connection: Connection) -> list[ColumnElement[Any]]:
    """The order of `Finding.order`: by code points, whatever the server's collation is."""
    if connection.dialect.name != "postgresql":
        return list(_ORDER)
    is_text = [isinstance(column.type, String) for column in _ORDER]
    pairs = zip(_ORDER, is_text, strict=True)
    return [column.collate("C") if text else column for column, text in pairs]


def by_severity(connection: Connection, session_id: str) -> dict[Severity, int]:
    """How many new findings of each severity the session has."""
    rows = connection.execute(
        select(finding.c.severity, func.count())
        .where(finding.c.session_id == session_id, finding.c.is_new)
        .group_by(finding.c.severity)
    )
    return {Severity(severity): count for severity, count in rows}


def _conditions(connection: Connection, filters: FindingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.tools:
        conditions.append(finding.c.tool.in_(filters.tools))
    if filters.rules:
        conditions.append(finding.c.rule.in_(filters.rules))
    if filters.severities:
        conditions.append(finding.c.severity.in_([one.value for one in filters.severities]))
    if filters.paths:
        conditions.append(or_(*(_matches(connection, glob) for glob in filters.paths)))
    if filters.new_only:
        conditions.append(finding.c.is_new)
    return conditions


def _matches(connection: Connection, glob: str) -> ColumnElement[bool]:
    """True for paths that match; SQLite's own GLOB, because its LIKE ignores the case."""
    if connection.dialect.name == "sqlite":
        return finding.c.path.op("GLOB", is_comparison=True)(glob.replace("[", "[[]"))
    escaped = glob.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return finding.c.path.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")


def _finding(row: RowMapping) -> Finding:
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
