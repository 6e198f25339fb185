"""From a tool's run to its judgement: the one place where a failure becomes an outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits, settings
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.unit import Outcome, UnitResult
from pipeline_mcp.errors import ToolOutputError, ToolSkippedError
from pipeline_mcp.scanning.fingerprint import fingerprinted
from pipeline_mcp.scanning.identity import tool_version
from pipeline_mcp.tools.contract import Completed, Job, Scope, Tool
from pipeline_mcp.tools.limits import Ending, reason, suspicion
from pipeline_mcp.tools.runner import ProcessRun, run_tool

logger = logging.getLogger(__name__)

_LONGEST_MESSAGE = 4_000
_LONGEST_RULE = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the unit ended, and the fingerprinted findings in their order."""

    result: UnitResult
    findings: tuple[Finding, ...] = ()


def judge_run(
    tool: Tool, job: Job, *, limits: ToolLimits, is_wanted: Callable[[], bool]
) -> Judgement | None:
    """Run the tool over the job's files and read what it says.

    Whatever goes wrong with the tool is an outcome with its reason. None means that the run was
    stopped because `is_wanted` said no.
    """
    argv = tool.executable.argv()
    if argv is None:
        return _failed(f"{tool.name} is not installed on {settings().node}")
    try:
        run = run_tool(
            [*argv, *tool.command(job)],
            cwd=job.root,
            environment=tool_environment(job.scratch),
            scratch=job.scratch,
            limits=limits,
            is_wanted=is_wanted,
        )
    except OSError as error:
        return _failed(f"it could not be started: {error}")
    if run.ending is Ending.STOPPED:
        return None
    return _judge(tool, job, run, limits)


def _judge(tool: Tool, job: Job, run: ProcessRun, limits: ToolLimits) -> Judgement:
    measured = UnitResult(
        outcome=Outcome.OK,
        tool_version=tool_version(tool),
        cpu_seconds=run.cpu_seconds,
        wall_seconds=run.wall_seconds,
    )
    if run.ending is not Ending.EXITED:
        is_timeout = run.ending is Ending.TIMED_OUT
        outcome = Outcome.TIMEOUT if is_timeout else Outcome.TOOL_ERROR
        return Judgement(replace(measured, outcome=outcome, reason=reason(run.ending, limits)))
    try:
        findings = _read(tool, job, run)
    except ToolSkippedError as error:
        return Judgement(replace(measured, outcome=Outcome.SKIPPED, reason=error.message))
    except ToolOutputError as error:
        said = [suspicion(run.stderr, limits), error.message]
        failure = ": ".join(filter(None, said))
        return Judgement(replace(measured, outcome=Outcome.TOOL_ERROR, reason=failure))
    except Exception as error:
        logger.exception("the adapter of %s failed", tool.name)
        failure = f"its output could not be read ({type(error).__name__}: {error})"
        return Judgement(replace(measured, outcome=Outcome.TOOL_ERROR, reason=failure))
    return Judgement(measured, findings)


def _read(tool: Tool, job: Job, run: ProcessRun) -> tuple[Finding, ...]:
    completed = Completed(run.exit_code, run.stdout, run.stderr)
    found = [_storable(finding) for finding in tool.parse(job, completed)]
    if tool.scope is not Scope.PROGRAM:
        _check_places(found, job.files)
    return tuple(fingerprinted(found, lambda path: _source(job, path)))


def _check_places(found: Iterable[Finding], files: Iterable[str]) -> None:
    """A finding about a file outside the shard would be stored under no file: refuse it."""
    shard = frozenset(files)
    for finding in found:
        if finding.path not in shard:
            raise ToolOutputError(f"it spoke of {finding.path!r}, which it was not asked about")


def _storable(finding: Finding) -> Finding:
    """Text that every database takes: no NUL, no lone surrogate, no endless message."""
    return replace(
        finding,
        message=_clean(finding.message)[:_LONGEST_MESSAGE],
        rule=_clean(finding.rule)[:_LONGEST_RULE],
    )


def _clean(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _source(job: Job, path: str) -> str | None:
    file = job.root / path
    return file.read_bytes().decode("utf-8", "replace") if file.is_file() else None


def _failed(said: str) -> Judgement:
    return Judgement(UnitResult(Outcome.TOOL_ERROR, said))
