"""The end of the text: the tools as a table, what went wrong, and what was not shown."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from pipeline_mcp.domain.application import Direction
from pipeline_mcp.domain.patch import StepState
from pipeline_mcp.domain.report import Report, ToolRun
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.reporting.application import application_sentences
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.selection import Selection
from pipeline_mcp.reporting.verdict import failed_tools, tool_trouble
from pipeline_mcp.reporting.wording import count, seconds

_SHOWN_SKIPPED = 10
_SHOWN_ATTEMPTS = 10
_TURNED_DOWN = frozenset({StepState.REJECTED, StepState.REFUSED})


def tool_table(report: Report) -> Table:
    """One row per tool; "cached" counts files that the result cache knew."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("tool")
    table.add_column("version", style="dim")
    table.add_column("outcome")
    for name in ("files", "cached", "findings", "time"):
        table.add_column(name, justify="right")
    for run in report.tools:
        table.add_row(
            Text(visible(run.tool)),
            Text(visible(run.version)),
            _outcome(run),
            f"{run.files:,}",
            f"{run.files_cached:,}",
            Text(f"{run.findings:,}", "" if run.findings else "dim"),
            seconds(run.wall_seconds),
        )
    return table


def notes(report: Report) -> Iterator[tuple[Text, Text]]:
    """`(mark, sentence)` for each tool that did not run to its end, notice and skipped file."""
    for run in failed_tools(report):
        yield Text("! ", "red"), Text(tool_trouble(run))
    for sentence in (*_skipped_tools(report), *map(one_line, report.notices), *_skipped(report)):
        yield Text("· ", "yellow"), Text(sentence)


def fix_notes(report: Report) -> Iterator[tuple[Text, Text]]:
    """`(mark, sentence)` for what was fixed, and for each attempt that was turned down."""
    if report.fixes is None:
        return
    fixes = report.fixes
    said = f"fixed {count(fixes.fixed, 'finding')} in {count(fixes.cycles, 'cycle')}"
    if fixes.quality_score is not None:
        said += f", quality score {fixes.quality_score:g}"
    yield Text("✓ ", "green"), Text(f"{said}. {one_line(fixes.ended or '')}".rstrip())
    yield from _application(report)
    turned_down = [one for one in fixes.attempts if one.state in _TURNED_DOWN]
    for one in turned_down[:_SHOWN_ATTEMPTS]:
        what = f"{visible(one.fixer)} on {visible(one.path)} ({', '.join(map(visible, one.rules))})"
        yield Text("· ", "yellow"), Text(f"{one.state} {what}: {one_line(one.reason or '')}")
    if len(turned_down) > _SHOWN_ATTEMPTS:
        more = count(len(turned_down) - _SHOWN_ATTEMPTS, "more attempt")
        yield Text("· ", "yellow"), Text(f"{more} turned down; `--format json` lists them all")


def _application(report: Report) -> Iterator[tuple[Text, Text]]:
    if report.fixes is None or report.fixes.patch is None:
        return
    done = report.application
    if done is not None:
        for is_good, sentence in application_sentences(done):
            yield Text("✓ " if is_good else "! ", "green" if is_good else "red"), Text(sentence)
    is_applied = done is not None and done.is_whole and done.wish.direction is Direction.APPLY
    command = f"pipeline-mcp {'undo' if is_applied else 'apply'} {report.session_id}"
    does = "takes it out of the workspace again" if is_applied else "puts it into the workspace"
    yield Text("  "), Text(f"Lines are those after the patch; `{command}` {does}.")


def left_out(report: Report, selection: Selection) -> Iterator[Text]:
    """How to see what the text does not show."""
    if selection.left_out:
        total = selection.shown + selection.left_out
        yield Text(
            f"These are the {selection.shown:,} worst of {count(total, 'finding')}. The rest: "
            f"`pipeline-mcp findings {report.session_id}`, or run with `--all`."
        )
    if selection.known:
        yield Text(f"{count(selection.known, 'known finding')} not shown; `--all` shows them.")


def facts(report: Report) -> Text:
    """Files, units, time and the session's id, on one line."""
    units = count(report.units, "unit")
    if report.units_cached:
        units += f" ({report.units_cached:,} from the cache)"
    parts = [
        count(report.files, "file"),
        units,
        seconds(report.duration_seconds),
        visible(report.session_id),
    ]
    return Text(" · ".join(parts), "dim")


def _outcome(run: ToolRun) -> Text:
    match run.outcome:
        case Outcome.OK:
            return Text("✓ ok", "green")
        case Outcome.SKIPPED:
            return Text("- skipped", "yellow")
        case _:
            return Text(f"✗ {visible(run.outcome).replace('_', ' ')}", "red")


def _skipped_tools(report: Report) -> Iterator[str]:
    return (tool_trouble(run) for run in report.tools if run.outcome == Outcome.SKIPPED)


def _skipped(report: Report) -> Iterator[str]:
    for one in report.skipped_files[:_SHOWN_SKIPPED]:
        yield f"skipped {visible(one.path)}: {one_line(one.reason)}"
    more = len(report.skipped_files) - _SHOWN_SKIPPED
    if more > 0:
        yield f"skipped {count(more, 'more file')}; `--format json` lists them all"
