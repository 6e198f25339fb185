"""A session's progress while it runs: bars on a terminal, lines elsewhere, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from pipeline_mcp.domain.session import Progress, ToolProgress
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES, Outcome
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.wording import count

Listener = Callable[[Progress], None]

_MARKS = {Outcome.OK: ("✓", "green"), Outcome.SKIPPED: ("-", "yellow")}
_BROKEN_MARK = ("✗", "red")
_BAR_WIDTH = 32


class _MarkColumn(SpinnerColumn):
    """A spinner while the tool runs, then how it ended."""

    def render(self, task: Task) -> RenderableType:
        outcome = task.fields["outcome"]
        if outcome in INCOMPLETE_OUTCOMES:
            return Text(*_BROKEN_MARK)
        return Text(*_MARKS[outcome]) if task.finished else super().render(task)


def progress_display(stream: TextIO, *, quiet: bool = False) -> AbstractContextManager[Listener]:
    """A listener for `sessions.follow.wait`, to be used within `with`.

    Bars where `stream` is a terminal, else a line when a tool is done; nothing if `quiet`.
    """
    if quiet:
        return _silent()
    console = Console(file=stream, highlight=False, emoji=False)
    return _bars(console) if console.is_terminal else _lines(stream)


@contextmanager
def _silent() -> Iterator[Listener]:
    yield lambda progress: None


@contextmanager
def _lines(stream: TextIO) -> Iterator[Listener]:
    announced: set[str] = set()
    places: set[int] = set()

    def listen(progress: Progress) -> None:
        place = progress.session.queue_position
        if place is not None and place not in places:
            places.add(place)
            print(f"queued at position {place}", file=stream, flush=True)
        for tool in progress.tools:
            if tool.done == tool.total and tool.tool not in announced:
                announced.add(tool.tool)
                print(_line(tool), file=stream, flush=True)

    yield listen


def _line(tool: ToolProgress) -> str:
    said = "done" if tool.outcome == Outcome.OK else tool.outcome.replace("_", " ")
    return (
        f"{visible(tool.tool)}: {said}, {count(tool.total, 'unit')}, "
        f"{count(tool.findings, 'finding')}"
    )


@contextmanager
def _bars(console: Console) -> Iterator[Listener]:
    bars = Bars(
        _MarkColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=_BAR_WIDTH),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}", style="dim", markup=False),
        console=console,
        transient=True,
    )
    shown: dict[str, TaskID] = {}
    stage = bars.add_task("snapshot", total=None, outcome=Outcome.OK, said="")

    def listen(progress: Progress) -> None:
        place = progress.session.queue_position
        standing = f"queued at position {place}" if place else progress.session.stage.value
        bars.update(stage, description=standing, visible=not progress.tools)
        for tool in progress.tools:
            if tool.tool not in shown:
                shown[tool.tool] = bars.add_task(
                    visible(tool.tool), total=tool.total, outcome=Outcome.OK, said=""
                )
            _show(bars, shown[tool.tool], tool)

    with bars:
        yield listen


def _show(bars: Bars, task: TaskID, tool: ToolProgress) -> None:
    outcome = Outcome(tool.outcome)
    bars.update(task, total=tool.total, completed=tool.done, outcome=outcome, said=_said(tool))


def _said(tool: ToolProgress) -> str:
    if tool.outcome in INCOMPLETE_OUTCOMES:
        return tool.outcome.replace("_", " ")
    if tool.findings:
        return count(tool.findings, "finding")
    return "" if tool.done or tool.running else "waiting"
