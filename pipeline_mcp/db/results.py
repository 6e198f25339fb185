"""The result cache: what a tool found in one file (or program), by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import result_cache
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.finding import Finding, finding_from_dict, finding_to_dict

# Both databases take more parameters; beyond some hundreds nothing gets faster.
_KEYS_PER_QUERY = 900


def lookup(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Finding, ...]]:
    """The findings under each key that is known."""
    found: dict[str, tuple[Finding, ...]] = {}
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        some = keys[start : start + _KEYS_PER_QUERY]
        rows = connection.execute(
            select(result_cache.c.key, result_cache.c.findings).where(result_cache.c.key.in_(some))
        )
        found.update((key, tuple(_decode(data))) for key, data in rows)
    return found


def store(connection: Connection, tool: str, results: Mapping[str, Sequence[Finding]]) -> None:
    """Remember the findings under each key; what is known already stays."""
    rows = [
        {"key": key, "tool": tool, "findings": _encode(findings)}
        for key, findings in results.items()
    ]
    insert_if_absent(connection, result_cache, rows, created_at=clock.now())


def _encode(findings: Sequence[Finding]) -> bytes:
    if not findings:
        return b"[]"
    documents = [finding_to_dict(finding) for finding in findings]
    return json.dumps(documents, ensure_ascii=False, separators=(",", ":")).encode()


def _decode(data: bytes) -> Iterator[Finding]:
    if data != b"[]":
        yield from (finding_from_dict(document) for document in json.loads(data))
