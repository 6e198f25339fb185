"""A report in which nothing is hidden: text from the repository with its hazards made visible."""

from __future__ import annotations

from dataclasses import replace

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.reporting.sanitise import visible


def visible_report(report: Report, *, exact_paths: bool = False) -> Report:
    """The same report with every text on one visible line, see `sanitise.visible`.

    `exact_paths` leaves paths as they are, for formats that encode them. What an edit puts in
    stays as well: it would no longer be the fix.
    """
    return replace(
        report,
        workspace=report.workspace if exact_paths else visible(report.workspace),
        findings=tuple(visible_finding(one, exact_path=exact_paths) for one in report.findings),
        tools=tuple(replace(run, error=_visible(run.error)) for run in report.tools),
        skipped_files=tuple(_skipped(one, exact_paths) for one in report.skipped_files),
        notices=tuple(visible(notice) for notice in report.notices),
        error=_visible(report.error),
    )


def visible_finding(finding: Finding, *, exact_path: bool = False) -> Finding:
    """The same finding, as in `visible_report`."""
    return replace(
        finding,
        rule=visible(finding.rule),
        message=visible(finding.message),
        path=finding.path if exact_path else visible(finding.path),
    )


def _skipped(skipped: SkippedFile, exact_path: bool) -> SkippedFile:
    path = skipped.path if exact_path else visible(skipped.path)
    return replace(skipped, path=path, reason=visible(skipped.reason))


def _visible(text: str | None) -> str | None:
    return None if text is None else visible(text)
