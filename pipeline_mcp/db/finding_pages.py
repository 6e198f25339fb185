"""Findings that match a filter: a page of them in one of two orders, and counts of all."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, case, func, or_, select, tuple_

from pipeline_mcp.db.findings import finding_of, of_cycle
from pipeline_mcp.db.tables import finding
from pipeline_mcp.domain.finding import SEVERITY_ORDER, Finding
from pipeline_mcp.domain.query import FindingCounts, FindingFilter

# What no baseline covers comes before what is known.
_NOVELTY = case((finding.c.is_new, 0), else_=1)
_RANK = case({one.value: rank for one, rank in SEVERITY_ORDER.items()}, value=finding.c.severity)
_PLACE = (
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


def page(
    connection: Connection,
    session_id: str,
    filters: FindingFilter,
    *,
    limit: int,
    worst_first: bool = False,
    after: int | None = None,
) -> list[tuple[int, Finding]]:
    """`limit` findings that match, with the ids of their rows, in the order of `Finding.order`.

    With `worst_first` new ones come first, the most severe of them before all. `after` is the id
    of the last one seen; the session must have it, see `has`.
    """
    order = _order(connection, worst_first=worst_first)
    query = select(finding).where(_matches(connection, session_id, filters))
    if after is not None:
        last = connection.execute(select(*order).where(finding.c.id == after)).one()
        query = query.where(tuple_(*order) > tuple_(*last))
    rows = connection.execute(query.order_by(*order).limit(limit)).mappings()
    return [(row["id"], finding_of(row)) for row in rows]


def has(connection: Connection, session_id: str, row_id: int) -> bool:
    """True if the session has a finding with that id."""
    query = select(finding.c.id).where(finding.c.session_id == session_id, finding.c.id == row_id)
    return connection.execute(query).first() is not None


def counts(connection: Connection, session_id: str, filters: FindingFilter) -> FindingCounts:
    """How many match, in all and by what they have in common."""
    common = (finding.c.tool, finding.c.rule, finding.c.severity, finding.c.is_new)
    query = select(*common, func.count().label("number"))
    rows = connection.execute(
        query.where(_matches(connection, session_id, filters)).group_by(*common)
    ).all()
    severities, tools, rules = Counter[str](), Counter[str](), Counter[str]()
    new = 0
    for row in rows:
        severities[row.severity] += row.number
        tools[row.tool] += row.number
        rules[f"{row.tool} {row.rule}"] += row.number
        new += row.number if row.is_new else 0
    return FindingCounts(
        total=tools.total(),
        new=new,
        by_severity={one.value: severities[one.value] for one in SEVERITY_ORDER},
        by_tool=_most_first(tools),
        by_rule=_most_first(rules),
    )


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def _order(connection: Connection, *, worst_first: bool) -> list[ColumnElement[Any]]:
    """Texts by code points, whatever the server's collation is."""
    columns = (_NOVELTY, _RANK, *_PLACE) if worst_first else _PLACE
    if connection.dialect.name != "postgresql":
        return list(columns)
    is_text = [isinstance(column.type, String) for column in columns]
    pairs = zip(columns, is_text, strict=True)
    return [column.collate("C") if text else column for column, text in pairs]


def _matches(
    connection: Connection, session_id: str, filters: FindingFilter
) -> ColumnElement[bool]:
    conditions = [*of_cycle(session_id)]
    if filters.tools:
        conditions.append(finding.c.tool.in_(filters.tools))
    if filters.rules:
        conditions.append(finding.c.rule.in_(filters.rules))
    if filters.severities:
        conditions.append(finding.c.severity.in_([one.value for one in filters.severities]))
    if filters.paths:
        conditions.append(or_(*(_like(connection, glob) for glob in filters.paths)))
    if filters.new_only:
        conditions.append(finding.c.is_new)
    return and_(*conditions)


def _like(connection: Connection, glob: str) -> ColumnElement[bool]:
    """True for paths that match; SQLite's own GLOB, because its LIKE ignores the case."""
    if connection.dialect.name == "sqlite":
        return finding.c.path.op("GLOB", is_comparison=True)(glob.replace("[", "[[]"))
    escaped = glob.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return finding.c.path.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")
