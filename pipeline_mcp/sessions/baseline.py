"""Make, read and compare baselines, from what a session has found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline_mcp.config.repository import read_repository_file
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import audit, findings, sessions, units
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.baseline import Baseline, BaselineFile, Difference, Entry, entry_of
from pipeline_mcp.domain.event import LOCAL, Action
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.domain.suppression import SUPPRESSED
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.scanning.fingerprint import places
from pipeline_mcp.scanning.line import snapshot_that_counts, texts
from pipeline_mcp.scanning.matching import Matching, match
from pipeline_mcp.scanning.targets import is_target
from pipeline_mcp.sessions.resolve import effective_settings
from pipeline_mcp.workspace.baseline_file import read_baseline, write_baseline
from pipeline_mcp.workspace.confine import resolve_workspace
from pipeline_mcp.workspace.revision import last_change, renames_since


@dataclass(frozen=True, slots=True)
class Created:
    """A baseline that was written, and by how many entries it grew and shrank."""

    session_id: str
    file: BaselineFile
    added: int
    removed: int


def show_baseline(path: str) -> tuple[str, BaselineFile | None]:
    """The path of the workspace's baseline, and what it says, or None where there is none.

    Raises:
        WorkspaceError, ConfigurationError: the workspace or its configuration cannot be used.
        BaselineError: the file cannot be used, or the workspace is to have none.
    """
    workspace = resolve_workspace(path, settings().workspaces)
    name = _configured(workspace)
    return name, read_baseline(workspace, name)


def diff_baseline(session_id: str) -> Difference:
    """Compare all that a finished session found with its workspace's baseline as it is now.

    An entry is gone only if its tool has looked at its file.

    Raises:
        PipelineError: the session is not over or incomplete, or the baseline cannot be used.
    """
    facts = _facts(session_id)
    file, matching = _compared(facts)
    numbered = list(enumerate(facts.found))
    return Difference(
        session_id,
        facts.path,
        file,
        new=tuple(one for at, one in numbered if at not in matching.known),
        known=tuple(one for at, one in numbered if at in matching.known),
        gone=tuple(entry for entry in matching.gone if facts.has_looked_for(entry)),
    )


def create_baseline(session_id: str, *, prune: bool = False, principal: str = LOCAL) -> Created:
    """Write the baseline of a finished session; with `prune` only take out what is gone.

    Entries that the session says nothing of, because their tool did not run or their file was not
    asked about, stay. What `pipeline.yaml` suppresses needs no entry.

    Raises:
        PipelineError: the session is not over or incomplete, or the baseline cannot be used.
    """
    facts = _facts(session_id)
    _, matching = _compared(facts)
    wanted = [one for at, one in enumerate(facts.found) if at in matching.known or not prune]
    where = places(wanted, texts(facts.snapshot))
    current = [entry_of(one, *place) for one, place in zip(wanted, where, strict=True)]
    kept = [entry for entry in matching.gone if not facts.has_looked_for(entry)]
    baseline = Baseline(tuple(sorted([*current, *kept])))
    written = write_baseline(facts.workspace, facts.path, baseline)
    _record(facts, written, principal)
    return Created(
        session_id,
        written,
        added=len(wanted) - len(matching.known),
        removed=len(matching.gone) - len(kept),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a finished session says: `found` without what is suppressed."""

    session_id: str
    workspace: Path
    path: str
    found: tuple[Finding, ...]
    snapshot: Snapshot
    tools: frozenset[str]
    files: tuple[str, ...]

    def has_looked_for(self, entry: Entry) -> bool:
        """True if the finding would have been found, were it still there."""
        return entry.tool in self.tools and is_target(entry.path, self.files)


def _facts(session_id: str) -> _Facts:
    with reading() as connection:
        session = sessions.view(connection, session_id)
        if session.status not in (SessionStatus.PASSED, SessionStatus.FAILED):
            raise PipelineError(
                f"The session {session_id} is {session.status.value}: a baseline needs one that "
                "has found all there is.",
                next_step="Wait for its end, or start a new one with `pipeline-mcp run`.",
            )
        workspace = resolve_workspace(session.workspace, settings().workspaces)
        outcomes = [
            (row["tool"], row["outcome"]) for row in units.summaries(connection, session_id)
        ]
        ran = {tool for tool, _ in outcomes}
        return _Facts(
            session_id,
            workspace,
            _configured(workspace),
            found=tuple(
                one
                for one in findings.all_of(connection, session_id)
                if not one.known_by.startswith(SUPPRESSED)
            ),
            snapshot=snapshot_that_counts(connection, session_id),
            tools=frozenset(ran - {tool for tool, outcome in outcomes if outcome != Outcome.OK}),
            files=session.request.files,
        )


def _compared(facts: _Facts) -> tuple[BaselineFile | None, Matching]:
    file = read_baseline(facts.workspace, facts.path)
    commit = last_change(facts.workspace, facts.path) if file else None
    matching = match(
        facts.found,
        file.baseline.entries if file else (),
        places=partial(places, source=texts(facts.snapshot)),
        paths=[row.path for row in facts.snapshot.rows],
        renames=renames_since(facts.workspace, commit) if commit else None,
    )
    return file, matching


def _configured(workspace: Path) -> str:
    """Where the workspace's baseline is or would be."""
    current = effective_settings(settings(), read_repository_file(workspace, trusted=False))
    if not current.baseline:
        raise PipelineError(
            f"{workspace} is configured to have no baseline.",
            next_step="Give the setting `baseline` the name of a file.",
        )
    return current.baseline


def _record(facts: _Facts, written: BaselineFile, principal: str) -> None:
    with transaction() as connection:
        audit.record(
            connection,
            Action.BASELINE,
            facts.session_id,
            principal=principal,
            workspace=str(facts.workspace),
            sha256=written.sha256,
        )
