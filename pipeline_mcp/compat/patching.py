"""The fixes of the older quality patcher: verified in a session, then perhaps applied."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from pipeline_mcp.cli.exits import exit_code_of
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.cli.pipeline import Presentation, follow_to_the_end, run_pipeline
from pipeline_mcp.cli.terminal import text_style
from pipeline_mcp.compat.lint_reports import (
    LintReportFile,
    LintReportFileError,
    newest_lint_report,
    read_lint_report,
)
from pipeline_mcp.compat.patcher_options import PatcherOptions
from pipeline_mcp.domain.application import Application, Direction, Wish
from pipeline_mcp.domain.patch import FixPlan, StepState
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.errors import ExitCode, UnknownSessionError
from pipeline_mcp.reporting.application import application_verdict
from pipeline_mcp.reporting.instructions import instructions_text
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.older_fixes_report import Brought, older_fixes_report
from pipeline_mcp.reporting.sanitise import visible_code
from pipeline_mcp.reporting.text import text_report
from pipeline_mcp.reporting.verdict import verdict
from pipeline_mcp.server.fixes_report import agent_instructions
from pipeline_mcp.sessions.applying import diff, fulfil, latest
from pipeline_mcp.sessions.fixes import options_of
from pipeline_mcp.sessions.follow import stage_runs, view
from pipeline_mcp.sessions.report import report, sources
from pipeline_mcp.versioning.project import open_project
from pipeline_mcp.workspace.confine import resolve_workspace


def run_patcher(options: PatcherOptions) -> ExitCode:
    """Fix the current directory, and give the report; the services must be there.

    Raises:
        PipelineError: the lint report or the directory cannot be used.
    """
    source = _source(options)
    plan = FixPlan(
        max_cycles=5,
        max_fixes=options.max_fixes,
        break_on_no_issues=False,
        apply=options.applies,
    )
    chosen = replace(_scope(source, plan), use_cache=not options.fresh_report)
    if options.background:
        return _started(chosen, options)
    session_id = follow_to_the_end(chosen, quiet=False)
    found = report(session_id)
    brought = _asked(found, options) if options.asks else Brought(latest(session_id))
    _answer(found, plan, brought, options, source)
    is_whole = brought.application is None or brought.application.is_whole
    return exit_code_of(found.status) if is_whole else ExitCode.INCOMPLETE


def _source(options: PatcherOptions) -> LintReportFile | None:
    """The lint report that was named, or else the newest in the session's directory."""
    if options.fresh_report:
        return None
    path = options.lint_report
    if path is None and options.session_dir is not None:
        path = newest_lint_report(options.session_dir)
        note(f"The lint report is {path}." if path else "There is no lint report, so all is new.")
    if path is None:
        return None
    source = read_lint_report(path)
    version = open_project(resolve_workspace(".", ())).version
    if source.version not in (None, version):
        said = f"it is of version {source.version}, and the project is at {version}"
        if options.version_match:
            raise LintReportFileError(path, said)
        note(f"The lint report is old: {said}.")
    return source


def _scope(source: LintReportFile | None, plan: FixPlan) -> RunOptions:
    """What the report's session was about: its tools and files; its findings are looked up anew."""
    if source is None:
        return RunOptions(fix=plan)
    try:
        workspace = view(source.session_id).workspace
    except UnknownSessionError:
        note(f"{source.session_id} is no session here: the current directory is scanned anew.")
        return RunOptions(fix=plan)
    if Path(workspace) != resolve_workspace(".", ()):
        raise LintReportFileError(source.path, f"it is of another directory, {workspace}")
    return options_of(source.session_id, plan)


def _started(chosen: RunOptions, options: PatcherOptions) -> ExitCode:
    """Its id is all that is known of it yet."""
    presentation = Presentation(
        form=options.output_format,
        output=options.output_file,
        everything=False,
        worst_first=False,
        quiet=False,
    )
    return run_pipeline(replace(chosen, attached=False), presentation)


def _asked(found: Report, options: PatcherOptions) -> Brought:
    """Ask for each file, or once for all; without a terminal there is nobody to ask."""
    fixes = found.fixes
    if fixes is None or fixes.patch is None or not sys.stdin.isatty():
        return Brought(None)
    verified = {one.path for one in fixes.attempts if one.state is StepState.ACCEPTED}
    paths = sorted(verified)
    if options.batch_mode:
        wanted = paths if _agreed(f"all {len(paths)} files", fixes.patch) else []
    else:
        wanted = [path for path in paths if _agreed(path, diff(found.session_id, (path,)))]
    declined = frozenset(paths) - frozenset(wanted)
    return Brought(_applied(found.session_id, wanted) if wanted else None, declined)


def _agreed(what: str, patch: str) -> bool:
    for line in patch.splitlines():
        note(visible_code(line))
    return click.confirm(f"Change {what}?", err=True)


def _applied(session_id: str, paths: list[str]) -> Application:
    return fulfil(session_id, Wish(Direction.APPLY, tuple(paths)))


def _answer(
    found: Report,
    plan: FixPlan,
    brought: Brought,
    options: PatcherOptions,
    source: LintReportFile | None,
) -> None:
    if options.is_json:
        runs = stage_runs(found.session_id)
        named = None if source is None else str(source.path)
        document = older_fixes_report(found, plan, runs, brought, source=named)
        if options.instructs:
            document["agent_instructions"] = agent_instructions(found, most=None)
        write_answer(json_text(document), options.output_file)
    else:
        write_answer(_text(found, options), options.output_file)
    note(verdict(found))
    if brought.application is not None:
        note(application_verdict(brought.application))
    elif found.fixes is not None and found.fixes.patch:
        note(f"No file was changed; `pipeline-mcp apply {found.session_id}` applies the fixes.")


def _text(found: Report, options: PatcherOptions) -> str:
    if options.instructs:
        return instructions_text(found, sources(found.session_id))
    to_file = options.output_file is not None
    style = text_style(to_file=to_file, everything=False, worst_first=False)
    text = text_report(found, sources=sources(found.session_id), style=style)
    patch = found.fixes.patch if found.fixes and options.dry_run else None
    return text + "".join(f"{visible_code(line)}\n" for line in (patch or "").split("\n")[:-1])
