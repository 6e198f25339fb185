"""What a session found, as one immutable value that every output format renders."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_mcp.domain.application import Application
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.patch import StepState
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.snapshot import SkippedFile

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One tool's part in a session; `outcome` is the worst of its units, times in seconds.

    `units` counts the units, `cached` those of them that the result cache answered; `files`
    and `files_cached` count files in the same way.
    """

    tool: str
    version: str
    outcome: str
    units: int
    cached: int
    files: int
    files_cached: int
    cpu_seconds: float
    wall_seconds: float
    findings: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FixAttempt:
    """One step of a fix: `findings` of `rules` in one file, and what became of it and why."""

    cycle: int
    fixer: str
    path: str
    rules: tuple[str, ...]
    findings: int
    state: StepState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fixes:
    """What a session has fixed: `fixed` of the `found` findings, in so many cycles.

    `quality_score` (0 to 100) and `ended`, the reason why there was no other cycle, are None
    until the fixes are done. `patch` is the diff for `git apply`, None where nothing was fixed.
    """

    fixed: int
    found: int
    cycles: int
    quality_score: float | None
    ended: str | None
    attempts: tuple[FixAttempt, ...]
    patch: str | None

    def count(self, *states: StepState) -> int:
        """How many findings had attempts that ended so."""
        return sum(one.findings for one in self.attempts if one.state in states)


@dataclass(frozen=True, slots=True)
class Report:
    """A session's facts; `findings` in the order of `Finding.order`.

    `notices` are sentences the user must see (configuration ignored, files skipped and the like),
    `fail_on` the severities of new findings that fail the gate. Of a session with `fixes`, all is
    about the snapshot with the accepted ones; `application` is the latest that was done with its
    patch, None where nothing was.
    """

    session_id: str
    status: SessionStatus
    workspace: str
    snapshot: str | None
    created_at: float
    duration_seconds: float
    files: int
    units: int
    units_cached: int
    findings: tuple[Finding, ...]
    tools: tuple[ToolRun, ...]
    skipped_files: tuple[SkippedFile, ...] = ()
    notices: tuple[str, ...] = ()
    error: str | None = None
    fail_on: tuple[Severity, ...] = (Severity.ERROR, Severity.WARNING)
    fixes: Fixes | None = None
    application: Application | None = None

    @property
    def new_findings(self) -> tuple[Finding, ...]:
        """The findings that no baseline covers."""
        return tuple(finding for finding in self.findings if finding.is_new)
