"""The scan of the older version keeper: its lint report, of a session of ours."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pipeline_mcp.cli.exits import exit_code_of
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.cli.pipeline import follow_to_the_end
from pipeline_mcp.cli.terminal import text_style
from pipeline_mcp.compat.keeper_options import KeeperOptions
from pipeline_mcp.compat.lint_reports import lint_directory, lint_report_name, save_report
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.errors import ExitCode, PipelineError, UnknownSessionError
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.older import lint_report
from pipeline_mcp.reporting.text import text_report
from pipeline_mcp.reporting.verdict import verdict
from pipeline_mcp.sessions.follow import view
from pipeline_mcp.sessions.project import project
from pipeline_mcp.sessions.report import report, sources

_SESSION = re.compile(r"pipeline-\d{1,12}-[0-9a-f]{8}")


def run_lint(options: KeeperOptions) -> ExitCode:
    """Scan the current directory, and give the report; the services must be there.

    Raises:
        PipelineError: the options or the directory cannot be used.
    """
    found = scanned(options)
    said = project(found.session_id)
    document = json_text(lint_report(found, version=said.version, branch=said.branch))
    for directory in _directories(options):
        save_report(document, directory, lint_report_name())
    write_answer(document if options.is_json else _text(found, options), options.output_file)
    if options.is_json or options.output_file is not None:
        note(verdict(found))
    return exit_code_of(found.status)


def scanned(options: KeeperOptions) -> Report:
    """The report of a scan as the options ask for it, with what they leave out left out."""
    session_id = _chosen_id(options.session_id)
    found = report(follow_to_the_end(options.scan(), quiet=False, session_id=session_id))
    return _real(found) if options.real_issues_only else found


def _real(found: Report) -> Report:
    """New errors alone; the counts of the tools follow."""
    kept = tuple(one for one in found.new_findings if one.severity is Severity.ERROR)
    tools = tuple(
        replace(run, findings=sum(one.tool == run.tool for one in kept)) for run in found.tools
    )
    return replace(found, findings=kept, tools=tools)


def _chosen_id(given: str | None) -> str | None:
    """The caller's id, where it is one that a session may have and none has."""
    if given is None:
        return None
    if not _SESSION.fullmatch(given):
        note("--session-id: not pipeline-<epoch>-<8 hex digits>, so the scan gets another id.")
        return None
    try:
        view(given)
    except UnknownSessionError:
        return given
    raise PipelineError(
        f"--session-id: there is a session {given} already.",
        next_step=f"`pipeline-mcp status {given}` shows it; leave the option out for a new one.",
    )


def _directories(options: KeeperOptions) -> list[Path]:
    saved = [] if options.output_dir is None else [options.output_dir]
    return saved + ([] if options.session_dir is None else [lint_directory(options.session_dir)])


def _text(found: Report, options: KeeperOptions) -> str:
    to_file = options.output_file is not None
    style = text_style(to_file=to_file, everything=False, worst_first=False)
    return text_report(found, sources=sources(found.session_id), style=style)
