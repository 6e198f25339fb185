"""`trigger`: run a workflow on GitHub, and wait for it if asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline_mcp.cli.logs import use_configured_level
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.errors import ExitCode

if TYPE_CHECKING:
    from pipeline_mcp.github.runs import Run


@click.command()
@click.argument("workflow", default="pipeline-integration.yml")
@click.option("--ref", default="main", show_default=True, help="The branch or tag to run on.")
@click.option("--input", "inputs", multiple=True, metavar="KEY=VALUE", help="An input; repeatable.")
@click.option("--wait", default=0.0, type=click.FloatRange(0), help="Seconds to wait for its end.")
@click.option("--run-id", type=click.IntRange(1), help="Look at this run; dispatch nothing.")
@click.option("--path", default=".", show_default=True, help="The clone of the repository.")
@answer_format()
@click.pass_context
def trigger(
    context: click.Context,
    workflow: str,
    ref: str,
    inputs: tuple[str, ...],
    wait: float,
    run_id: int | None,
    path: str,
    form: str,
) -> None:
    """Run a workflow on GitHub. Exit code 1 if it ended without success, 3 if it goes on."""
    import anyio

    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.github.dispatch import dispatch_of
    from pipeline_mcp.github.trigger import trigger as trigger_workflow
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.workspace.confine import resolve_workspace

    use_configured_level()

    async def triggered() -> dict[str, Any]:
        return await trigger_workflow(
            settings(),
            resolve_workspace(path, settings().workspaces),
            dispatch_of(workflow, ref, dict(map(_pair, inputs))),
            wait_seconds=wait,
            told=_told,
            run_id=run_id,
        )

    answer = anyio.run(triggered)
    write_answer(json_text(answer) if form == "json" else _text(answer))
    context.exit(_exit_code(answer, is_awaited=wait > 0))


def _pair(written: str) -> tuple[str, str]:
    name, found, value = written.partition("=")
    if not found:
        raise click.BadParameter(f"{written!r} is not KEY=VALUE", param_hint="--input")
    return name, value


async def _told(run: Run) -> None:
    note(f"{run.status} {run.html_url}")


def _text(answer: dict[str, Any]) -> str:
    lines = (answer["output"], answer["html_url"], answer.get("note"))
    return "".join(f"{line}\n" for line in lines if line)


def _exit_code(answer: dict[str, Any], *, is_awaited: bool) -> ExitCode:
    if answer["status"] == "completed":
        is_good = answer["conclusion"] in ("success", "neutral", "skipped")
        return ExitCode.PASSED if is_good else ExitCode.FAILED
    return ExitCode.INCOMPLETE if is_awaited else ExitCode.PASSED


COMMANDS: tuple[click.Command, ...] = (trigger,)
