"""The one place where an error becomes a sentence on standard error and an exit code."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Sequence

import click

from pipeline_mcp.cli.crash import write_crash_log
from pipeline_mcp.cli.invocation import Invocation
from pipeline_mcp.errors import ExitCode, PipelineError
from pipeline_mcp.reporting.sanitise import visible_lines

# What the machine refuses: not a mistake of this program, and the sentence says which file.
_REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE}


def exit_code(
    command: click.Command, arguments: Sequence[str], *, name: str = "pipeline-mcp"
) -> int:
    """Run the command, called `name`; whatever happens is said on standard error.

    Gives an exit code.
    """
    invocation = Invocation()
    try:
        result = command.main(
            list(arguments), prog_name=name, standalone_mode=False, obj=invocation
        )
    except Exception as error:  # noqa: BLE001 - the last line of defence: nobody is above
        return _explain(error, invocation)
    return int(result or ExitCode.PASSED)


def _explain(error: Exception, invocation: Invocation) -> int:
    match error:
        case click.Abort():
            _say("interrupted")
            return ExitCode.INTERRUPTED
        case click.ClickException():
            error.show()
            return ExitCode.USAGE
        case PipelineError():
            _say_error(error.message, error.next_step)
            return error.exit_code
        case FileNotFoundError() if _is_nowhere():
            _say_error("The current directory no longer exists.", "Change to one that does.")
            return ExitCode.USAGE
        case OSError() if error.errno in _REFUSALS:
            named = f": {error.filename}" if error.filename else ""
            _say_error(f"{error.strerror}{named}", None)
            return ExitCode.USAGE
        case _:
            return _crash(error, invocation)


def _crash(error: Exception, invocation: Invocation) -> int:
    said = "".join(traceback.format_exception_only(error)).strip()
    if invocation.debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
        _say_error(f"A mistake of this program: {said}", None)
    else:
        _say_error(
            f"A mistake of this program: {said}",
            f"The traceback is in {write_crash_log(error)}; `pipeline-mcp --debug …` shows it.",
        )
    return ExitCode.INTERNAL


def _is_nowhere() -> bool:
    """True if somebody has removed the directory in which this command was started."""
    try:
        os.getcwd()  # noqa: PTH109 - this is what fails
    except FileNotFoundError:
        return True
    return False


def _say_error(sentence: str, next_step: str | None) -> None:
    """Names of files may be part of it, so nothing in it may move the cursor."""
    _say(click.style("error: ", fg="red", bold=True) + "\n".join(visible_lines(sentence)))
    if next_step:
        _say(next_step)


def _say(text: str) -> None:
    click.echo(text, err=True)
