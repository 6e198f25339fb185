"""Submit a session, follow it to its end, and print its report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_mcp.cli.exits import exit_code_of
from pipeline_mcp.cli.integrate import integrate_now
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.cli.terminal import text_style
from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import (
    Progress,
    RunOptions,
    SessionRequest,
    SessionStatus,
    new_session_id,
)
from pipeline_mcp.embedded.state_directory import Endurance
from pipeline_mcp.errors import ExitCode, UnknownSessionError
from pipeline_mcp.reporting.formats import FORMATS
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.reporting.progress import progress_display
from pipeline_mcp.reporting.session import session_document
from pipeline_mcp.reporting.text import text_report
from pipeline_mcp.reporting.verdict import verdict
from pipeline_mcp.sessions.base import base_scan, compared_with
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import view, wait
from pipeline_mcp.sessions.report import report, sources
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the answer is given; the fields are the options of `run`."""

    form: str
    output: Path | None
    everything: bool
    worst_first: bool
    quiet: bool
    new_only: bool = False
    reports: tuple[tuple[str, Path], ...] = ()
    integrate: str | None = None


def run_pipeline(options: RunOptions, presentation: Presentation) -> ExitCode:
    """All that `run` does; an attached session is cancelled if the command is interrupted.

    The services must be there.

    Raises:
        PipelineError: the options or the workspace cannot be used.
    """
    request, session_id = _request(options, quiet=presentation.quiet), new_session_id()
    with _cancelled_by_interruption(session_id):
        submit(request, session_id=session_id)
        if options.attached:
            attend(session_id, quiet=presentation.quiet)
    if options.attached:
        return print_report(session_id, presentation)
    _print_accepted(session_id, presentation)
    return ExitCode.PASSED


def follow_to_the_end(options: RunOptions, *, quiet: bool, session_id: str | None = None) -> str:
    """Run an attached session to its end; gives its id, which is `session_id` if that is given.

    Raises:
        PipelineError: the options or the workspace cannot be used.
    """
    request = _request(options, quiet=quiet)
    return _followed(request, quiet=quiet, session_id=session_id)


def _request(options: RunOptions, *, quiet: bool) -> SessionRequest:
    request = resolve(options)
    return request if options.base is None else _compared(request, options.base, quiet=quiet)


def _compared(request: SessionRequest, ref: str, *, quiet: bool) -> SessionRequest:
    """Scan the base first; what has been scanned once is answered by the result cache."""
    scan = base_scan(request, ref)
    if not quiet:
        note(f"the base {ref} is scanned first: {scan.base.commit[:12]}")
    return compared_with(request, scan, _followed(scan.request, quiet=quiet))


def _followed(request: SessionRequest, *, quiet: bool, session_id: str | None = None) -> str:
    session_id = session_id or new_session_id()
    with _cancelled_by_interruption(session_id):
        submit(request, session_id=session_id)
        attend(session_id, quiet=quiet)
    return session_id


def attend(session_id: str, *, quiet: bool) -> None:
    """Follow the session to its end, with progress on standard error unless `quiet`.

    Raises:
        ServiceError: it cannot end, because the embedded stack's disk is full.
    """
    endurance = Endurance(settings().state_dir) if settings().is_embedded else None
    with progress_display(sys.stderr, quiet=quiet) as show:

        def listen(progress: Progress) -> None:
            show(progress)
            if endurance:
                endurance.check()

        wait(session_id, on_progress=listen)


@contextmanager
def _cancelled_by_interruption(session_id: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        with suppress(UnknownSessionError):  # interrupted before it was written down
            cancel(session_id)
            note(f"{session_id} was cancelled")
        raise


def _print_accepted(session_id: str, presentation: Presentation) -> None:
    if presentation.form == "json":
        text = json_text(session_document(view(session_id)))
    else:
        text = f"{session_id}\n"
        if not presentation.quiet:
            note(f"accepted; follow it with `pipeline-mcp status {session_id}`")
    write_answer(text, presentation.output)


def print_report(
    session_id: str, presentation: Presentation, *, verdict_alone: bool = False
) -> ExitCode:
    """Print the session's report, or its verdict alone, and integrate its patch if that is wanted.

    Gives the exit code that all of it stands for.
    """
    found = report(session_id)
    if not verdict_alone:
        answer = _rendered(found, presentation, presentation.form, presentation.output)
        write_answer(answer, presentation.output)
    for form, file in presentation.reports:
        write_answer(_rendered(found, presentation, form, file), file, "--write")
    is_text = presentation.form == "text" and presentation.output is None
    said_already = is_text and not verdict_alone
    if not (presentation.quiet or said_already):
        note(verdict(found))
    code = exit_code_of(found.status)
    if presentation.integrate is None or found.status is SessionStatus.CANCELLED:
        return code
    return code if integrate_now(found, presentation.integrate) else ExitCode.INCOMPLETE


def _rendered(found: Report, presentation: Presentation, form: str, output: Path | None) -> str:
    if presentation.new_only:
        found = replace(found, findings=found.new_findings)
    if form != "text":
        return FORMATS[form](found)
    style = text_style(
        to_file=output is not None,
        everything=presentation.everything,
        worst_first=presentation.worst_first,
    )
    return text_report(found, sources=sources(found.session_id), style=style)
