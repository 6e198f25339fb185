"""`run` and `scan`: the whole pipeline, from a directory to a report and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline_mcp.cli.fix_options import fix_options, plan_if_asked
from pipeline_mcp.cli.options import (
    REPORT_FORMATS,
    Decorated,
    SeverityList,
    SpreadCommand,
    answer_format,
    with_options,
    words,
    written_reports,
)
from pipeline_mcp.cli.output import check_output, check_reports
from pipeline_mcp.cli.services import services
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.session import RunOptions

_TARGETS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.argument("path", default="."),
    click.option(
        "--files",
        multiple=True,
        metavar="F…",
        help="Look at these files alone; all words up to the next option.",
    ),
)
_OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    words("--tools", help="Run these tools and no others."),
    words("--skip-tools", help="Leave these tools out."),
    words("--exclude", help="Leave files and directories of these globs out too."),
    click.option("--profile", metavar="NAME", help="fast, standard or full."),
    click.option(
        "--fail-on",
        type=SeverityList(),
        help="New findings of these severities fail the gate; none is a word too.",
    ),
    answer_format(REPORT_FORMATS),
    click.option(
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write the answer to FILE instead of standard output.",
    ),
    written_reports(),
    click.option("--base", metavar="REF", help="What is older than the change since REF is known."),
    click.option("--new-only", is_flag=True, help="Report new findings alone, in every format."),
    click.option("--all", "everything", is_flag=True, help="Show known findings too, no limit."),
    click.option("--worst-first", is_flag=True, help="Sort the text by severity."),
    click.option("--workers", type=click.IntRange(1), help="Units that run at once."),
    click.option(
        "--priority",
        type=click.IntRange(0, 9),
        default=5,
        show_default=True,
        help="0 goes before all others, 9 after them.",
    ),
    click.option("--no-cache", is_flag=True, help="Run every tool, whatever is known already."),
    click.option("--sequential", is_flag=True, help="One unit after the other."),
    click.option("--detach", is_flag=True, help="Print the session's id and do not wait."),
    click.option("--trust", is_flag=True, help="Trust this workspace's configuration from now on."),
    click.option("--quiet", "-q", is_flag=True, help="No progress on standard error."),
)


def pipeline_options(function: Decorated) -> Decorated:
    """The argument and the options of a command that runs the pipeline."""
    return with_options(function, (*_TARGETS, *_OPTIONS))


def session_options(function: Decorated) -> Decorated:
    """The same options, for a command that is told otherwise what to look at."""
    return with_options(function, _OPTIONS)


@click.command(cls=SpreadCommand)
@pipeline_options
@click.option("--fix", "fixes", is_flag=True, help="Fix what can be fixed, verified.")
@fix_options
@click.pass_context
def run(
    context: click.Context,
    /,
    fixes: bool,
    max_cycles: int | None,
    max_fixes: int | None,
    dry_run: bool,
    unsafe: bool,
    integrate: str | None,
    **given: Any,
) -> None:
    """Run the whole pipeline over PATH (default: the current directory)."""
    plan = plan_if_asked(
        fixes,
        max_cycles=max_cycles,
        max_fixes=max_fixes,
        unsafe=unsafe,
        dry_run=dry_run,
        integrate=integrate,
    )
    context.exit(run_session(fix=plan, integrate=integrate, **given))


@click.command(cls=SpreadCommand)
@pipeline_options
@click.pass_context
def scan(context: click.Context, /, **given: Any) -> None:
    """Run the scan alone over PATH: find, judge and report."""
    context.exit(run_session(**given))


# The options that a session has under the same name.
_CHOSEN: tuple[str, ...] = (
    *("path", "profile", "tools", "skip_tools", "files", "exclude", "fail_on", "base"),
    *("sequential", "priority", "trust"),
)


def run_session(
    *,
    no_cache: bool,
    detach: bool,
    workers: int | None,
    output: Path | None,
    reports: tuple[tuple[str, Path], ...],
    fix: FixPlan | None = None,
    integrate: str | None = None,
    **given: Any,
) -> int:
    """What the options of `pipeline_options` say, and perhaps a plan of fixes; the exit code."""
    if detach and reports:
        raise click.UsageError("--write waits for the report, and --detach does not wait")
    if detach and integrate:
        raise click.UsageError("--integrate waits for the fixes, and --detach does not wait")
    chosen = {name: given.pop(name) for name in _CHOSEN}
    options = RunOptions(use_cache=not no_cache, attached=not detach, fix=fix, **chosen)
    check_output(output)
    check_reports(reports)
    with services(workers):
        # The rest is imported while the stack starts: the worker takes longer to be ready.
        from pipeline_mcp.cli.pipeline import Presentation, run_pipeline

        shown = Presentation(output=output, reports=reports, integrate=integrate, **given)
        return run_pipeline(options, shown)


COMMANDS: tuple[click.Command, ...] = (run, scan)
