"""The report as Markdown, for the comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.reporting.priorities import recommendations
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.verdict import tool_trouble, verdict
from pipeline_mcp.reporting.wording import count, seconds

_MARKS = {SessionStatus.PASSED: "✅", SessionStatus.FAILED: "❌"}
# Markup inside a line, at its start, and what GitHub makes a link of.
_MARKUP = re.compile(r"([\\`*_\[\]|~$]|^[-+=#]|:(?=//)|(?<=\bwww)\.)")
_MENTION = re.compile(r"([@#])(?=\w)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_OPEN_FILES = 20


def markdown_report(report: Report) -> str:
    """A verdict, a table of the tools, and the findings by file; all of them."""
    blocks = [
        f"## {_MARKS.get(report.status, '⚠️')} {escaped(verdict(report))}",
        _facts(report),
        _tools(report),
        _bullets("To do next", recommendations(report)),
        *_findings(report.findings),
        _bullets("Notices", report.notices),
        _bullets("Skipped files", [f"{one.path}: {one.reason}" for one in report.skipped_files]),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escaped(text: str) -> str:
    """Text of a repository that Markdown shows as it is: no markup, link, HTML or mention."""
    plain = _MARKUP.sub(r"\\\1", one_line(text))
    for character, entity in _ENTITIES.items():
        plain = plain.replace(character, entity)
    # A zero-width space keeps people and issues from being called.
    return _MENTION.sub("\\1&#8203;", plain)


def code(text: str) -> str:
    """A code span that holds any text; in a table a `|` would still end the cell."""
    shown = visible(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _facts(report: Report) -> str:
    facts = [
        count(report.files, "file"),
        f"{count(report.units, 'unit')}, {report.units_cached:,} from the cache",
        seconds(report.duration_seconds),
        f"session {code(report.session_id)}",
    ]
    return " · ".join(facts)


def _tools(report: Report) -> str:
    if not report.tools:
        return ""
    rows = ["| tool | version | outcome | files | findings | time |", "|---|---|---|--:|--:|--:|"]
    for run in report.tools:
        outcome = run.outcome if run.outcome == "ok" else tool_trouble(run)
        cells = (escaped(run.tool), escaped(run.version), escaped(outcome))
        numbers = (f"{run.files:,}", f"{run.findings:,}", seconds(run.wall_seconds))
        rows.append(f"| {' | '.join((*cells, *numbers))} |")
    return "\n".join(rows)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    by_path = [(path, list(group)) for path, group in groupby(findings, lambda one: one.path)]
    for path, group in by_path:
        title = code(path) if path else "The whole program"
        table = _finding_table(group)
        if len(by_path) <= _OPEN_FILES:
            yield f"### {title}\n\n{table}"
        else:
            # A long report opens file by file.
            name = f"<code>{_html(path)}</code>" if path else title
            summary = f"{name}: {count(len(group), 'finding')}"
            yield f"<details><summary>{summary}</summary>\n\n{table}\n\n</details>"


def _finding_table(findings: Sequence[Finding]) -> str:
    rows = ["| line | severity | message | rule |", "|--:|---|---|---|"]
    for one in findings:
        severity = one.severity.value if one.is_new else f"{one.severity.value}, known"
        rule = f"{escaped(one.tool)} {escaped(one.rule)}"
        rows.append(f"| {one.line or ''} | {severity} | {escaped(one.message)} | {rule} |")
    return "\n".join(rows)


def _bullets(title: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    lines = [f"- {escaped(sentence)}" for sentence in sentences]
    return "\n".join([f"### {title}", "", *lines])


def _html(text: str) -> str:
    shown = visible(text)
    for character, entity in _ENTITIES.items():
        shown = shown.replace(character, entity)
    return shown
