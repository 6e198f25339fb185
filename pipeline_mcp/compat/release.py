"""The release of the older version keeper: check, and raise the version if all is well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.cli.version_text import bump_document, check_text
from pipeline_mcp.compat.keeper_options import KeeperOptions
from pipeline_mcp.compat.lint import scanned
from pipeline_mcp.compat.lint_reports import save_report
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.errors import ExitCode
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.verdict import verdict
from pipeline_mcp.sessions.trust import is_trusted
from pipeline_mcp.versioning.bump import Bump, plan_bump
from pipeline_mcp.versioning.check import Verdict, VersionCheck, check, check_document
from pipeline_mcp.versioning.errors import RefError
from pipeline_mcp.versioning.history import expect_history
from pipeline_mcp.versioning.release import Released, carry_out
from pipeline_mcp.versioning.release_checks import ReleaseOptions
from pipeline_mcp.versioning.scheme import Part
from pipeline_mcp.workspace.confine import resolve_workspace

_EXIT_CODES = {Verdict.FAILED: ExitCode.FAILED, Verdict.INCOMPLETE: ExitCode.INCOMPLETE}


def run_release(options: KeeperOptions) -> ExitCode:
    """Check the current directory, and raise its version; the services must be there.

    Raises:
        PipelineError: the base does not exist, or the directory cannot be used.
    """
    directory = resolve_workspace(".", ())
    plan = plan_bump(directory, Part(options.bump_type))
    base = _base(directory, options.base_branch)
    checked = check(directory, base, planned=plan.new, release=_release(directory, options))
    scan = scanned(options)
    found = _with_scan(checked, scan)
    document = check_document(found) | {
        "version": plan.new,
        "quality_checks": _quality_checks(scan),
        "bump": _bumped(plan, found, options),
    }
    document["not_run"].pop("quality_checks")
    _answer(document, plan, options)
    return _EXIT_CODES.get(found.verdict, ExitCode.PASSED)


def _release(directory: Path, options: KeeperOptions) -> ReleaseOptions:
    return ReleaseOptions(
        trusted=is_trusted(directory),
        skip_tests=options.skip_tests,
        skip_build=options.skip_build,
    )


def _with_scan(found: VersionCheck, scan: Report) -> VersionCheck:
    """The gate is one of the checks."""
    said = (f"quality checks: {verdict(scan)}, see `pipeline-mcp findings {scan.session_id}`.",)
    if scan.status is SessionStatus.FAILED:
        return replace(found, problems=(*found.problems, *said))
    if scan.status is not SessionStatus.PASSED:
        return replace(found, unknown=(*found.unknown, *said))
    return found


def _quality_checks(scan: Report) -> dict[str, bool]:
    """By tool, whether it ran well and found nothing."""
    return {run.tool: run.outcome == Outcome.OK and not run.findings for run in scan.tools}


def _bumped(plan: Bump, found: VersionCheck, options: KeeperOptions) -> dict[str, Any] | None:
    """Raise the version, if everything is known to be well; None if it stays."""
    if found.verdict is not Verdict.PASSED:
        note(f"The version stays {plan.old}, because the check has {found.verdict.value}.")
        return None
    done = Released() if options.dry_run else carry_out(plan)
    return bump_document(plan, done, is_dry=options.dry_run)


def _answer(document: dict[str, Any], plan: Bump, options: KeeperOptions) -> None:
    text = json_text(document)
    if options.output_dir is not None:
        save_report(text, options.output_dir, f"release-report-{plan.new}.json")
    write_answer(text if options.is_json else check_text(document), options.output_file)


def _base(directory: Path, branch: str) -> str:
    """The branch as the remote has it, or as it is here where there is no remote."""
    try:
        expect_history(directory).resolve(f"origin/{branch}")
    except RefError:
        return branch
    return f"origin/{branch}"
