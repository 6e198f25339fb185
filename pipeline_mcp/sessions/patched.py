"""A session's patch with its contents, and which findings each of its files is rid of."""

from __future__ import annotations

from collections import Counter, defaultdict

from sqlalchemy import Connection

from pipeline_mcp.db import findings, fix_steps
from pipeline_mcp.domain.integration import Change, RuleCount
from pipeline_mcp.domain.patch import Patch, StepState
from pipeline_mcp.workspace.blobs import BlobStore


def changes_of(
    connection: Connection, session_id: str, made: Patch, store: BlobStore
) -> tuple[Change, ...]:
    """All files of the patch, in the order of their paths.

    Raises:
        BlobMissingError: a content has expired.
    """
    rules = _rules(connection, session_id)
    return tuple(
        Change(
            path=one.path,
            old=store.get(one.old_sha256),
            new=store.get(one.new_sha256),
            rules=tuple(
                RuleCount(tool, rule, number)
                for (tool, rule), number in sorted(rules[one.path].items())
            ),
        )
        for one in sorted(made.changes, key=lambda one: one.path)
    )


def _rules(connection: Connection, session_id: str) -> defaultdict[str, Counter[tuple[str, str]]]:
    """By path, how many findings of which tool and rule the accepted steps have ended."""
    ended: dict[str, str] = {
        fingerprint: record.step.path
        for record in fix_steps.all_of(connection, session_id)
        if record.state is StepState.ACCEPTED
        for fingerprint in record.step.fingerprints
    }
    known = findings.rules_of(connection, session_id, sorted(ended))
    counted: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for fingerprint, path in ended.items():
        if fingerprint in known:
            counted[path][known[fingerprint]] += 1
    return counted
