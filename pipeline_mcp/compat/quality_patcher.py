"""`python -m pipeline_mcp.compat.quality_patcher`: older options, done by `fix` and `apply`."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from pipeline_mcp.cli.boundary import exit_code
from pipeline_mcp.cli.invocation import Invocation
from pipeline_mcp.cli.logs import log_to_stderr
from pipeline_mcp.cli.output import check_output, note
from pipeline_mcp.cli.services import services
from pipeline_mcp.compat.lint_reports import expect_directory
from pipeline_mcp.compat.patcher_options import PatcherOptions, patcher_options


@click.command()
@patcher_options
@click.pass_context
def quality_patcher(context: click.Context, /, **given: Any) -> None:
    """Fix what tools can fix in the current directory, verified by all of them.

    The options are those of the older quality patcher; docs/versions.md has what to use now. Files
    are changed with --auto-apply alone, or after a question on a terminal.
    """
    options = PatcherOptions(**given)
    invocation: Invocation = context.obj
    invocation.debug = options.debug
    log_to_stderr(debug=options.debug)
    for sentence in options.notices():
        note(sentence)
    if options.output_file is not None:
        expect_directory(options.output_file.absolute().parent)
    check_output(options.output_file)
    with services():
        from pipeline_mcp.compat.patching import run_patcher

        context.exit(run_patcher(options))


def main() -> NoReturn:
    """Run it, and leave with its exit code."""
    sys.exit(exit_code(quality_patcher, sys.argv[1:], name="quality_patcher"))


if __name__ == "__main__":
    main()
