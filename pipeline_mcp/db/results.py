"""The result cache: what a tool found in one file (or program), by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select

from pipeline_mcp.db import clock, idle
from pipeline_mcp.db.batches import in_batches
from pipeline_mcp.db.tables import result_cache
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.finding import Finding, finding_from_dict, finding_to_dict

_SIZE: ColumnElement[int] = func.length(result_cache.c.findings)


@dataclass(frozen=True, slots=True)
class Known:
    """The findings under each key that is known, and which of the keys are to be refreshed."""

    findings: dict[str, tuple[Finding, ...]]
    aging: tuple[str, ...]


def lookup(connection: Connection, keys: Sequence[str]) -> Known:
    """What is known under the keys."""
    found: dict[str, tuple[Finding, ...]] = {}
    aging: list[str] = []
    for some in in_batches(keys):
        columns = (result_cache.c.key, result_cache.c.findings, idle.is_aging(result_cache))
        for key, data, is_aging in connection.execute(
            select(*columns).where(result_cache.c.key.in_(some))
        ):
            found[key] = tuple(_decode(data))
            if is_aging:
                aging.append(key)
    return Known(found, tuple(aging))


def refresh(connection: Connection, keys: Sequence[str]) -> None:
    """Note that the results were of use."""
    for some in in_batches(keys):
        idle.refresh(connection, result_cache, some)


def store(connection: Connection, tool: str, results: Mapping[str, Sequence[Finding]]) -> None:
    """Remember the findings under each key; what is known already stays."""
    rows = [
        {"key": key, "tool": tool, "findings": _encode(findings)}
        for key, findings in results.items()
    ]
    insert_if_absent(connection, result_cache, rows, created_at=clock.now())


def idle_page(
    connection: Connection, *, seconds: float, after: str, limit: int
) -> list[tuple[str, int]]:
    """Keys after `after` that were of no use for so long, and the sizes of what is under them."""
    return idle.page(connection, result_cache, _SIZE, seconds=seconds, after=after, limit=limit)


def beyond(
    connection: Connection, most_bytes: int, *, unless_idle_for: float
) -> list[tuple[str, int]]:
    """As `idle_page`: what else has to go, the longest unused first, for the rest to fit."""
    used_at = case(
        (result_cache.c.used_at > result_cache.c.created_at, result_cache.c.used_at),
        else_=result_cache.c.created_at,
    )
    total = func.sum(_SIZE).over(order_by=(used_at.desc(), result_cache.c.key)).label("total")
    sums = (
        select(result_cache.c.key, _SIZE.label("size"), total)
        .where(~idle.is_idle(result_cache, unless_idle_for))
        .subquery()
    )
    rows = connection.execute(select(sums.c.key, sums.c.size).where(sums.c.total > most_bytes))
    return [(key, size) for key, size in rows]


def discard(connection: Connection, keys: Sequence[str]) -> tuple[int, int]:
    """Forget what is under the keys; gives how many there were, and their bytes together."""
    return idle.discard(connection, result_cache, _SIZE, keys, seconds=0)


def _encode(findings: Sequence[Finding]) -> bytes:
    if not findings:
        return b"[]"
    documents = [finding_to_dict(finding) for finding in findings]
    return json.dumps(documents, ensure_ascii=False, separators=(",", ":")).encode()


def _decode(data: bytes) -> Iterator[Finding]:
    if data != b"[]":
        yield from (finding_from_dict(document) for document in json.loads(data))
