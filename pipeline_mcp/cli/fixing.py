"""Submit a session that fixes, follow it to its end, and print what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.cli.output import write_answer
from pipeline_mcp.cli.pipeline import Presentation, follow_to_the_end, print_report
from pipeline_mcp.domain.patch import FixPlan
from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.errors import ExitCode
from pipeline_mcp.reporting.instructions import instructions_text
from pipeline_mcp.sessions.fixes import options_of
from pipeline_mcp.sessions.report import report, sources


@dataclass(frozen=True, slots=True)
class Answer:
    """How the answer is given; the fields are options of `fix`.

    A dry run's text is the patch alone.
    """

    form: str
    output: Path | None
    dry_run: bool
    agent_instructions: bool
    quiet: bool
    reports: tuple[tuple[str, Path], ...] = ()
    integrate: str | None = None


def run_fixes(
    plan: FixPlan,
    answer: Answer,
    *,
    path: str = ".",
    session_id: str | None = None,
    tools: tuple[str, ...] = (),
) -> ExitCode:
    """All that `fix` does; of a session its workspace, tools and files are taken.

    The services must be there.

    Raises:
        UnknownSessionError: there is no such session.
        PipelineError: the options or the workspace cannot be used.
    """
    options = _options(path, session_id, tools, plan)
    fixed = follow_to_the_end(options, quiet=answer.quiet)
    found = report(fixed)
    prints_patch = answer.dry_run and answer.form == "text" and not answer.agent_instructions
    if answer.agent_instructions:
        write_answer(instructions_text(found, sources(fixed)), answer.output)
    elif prints_patch:
        write_answer((found.fixes and found.fixes.patch) or "", answer.output)
    presentation = Presentation(
        form=answer.form,
        output=answer.output,
        everything=False,
        worst_first=False,
        quiet=answer.quiet,
        reports=answer.reports,
        integrate=answer.integrate,
    )
    is_answered = prints_patch or answer.agent_instructions
    return print_report(fixed, presentation, verdict_alone=is_answered)


def _options(
    path: str, session_id: str | None, tools: tuple[str, ...], plan: FixPlan
) -> RunOptions:
    if session_id is None:
        return RunOptions(path=path, tools=tools, fix=plan)
    return options_of(session_id, plan, tools=tools)
