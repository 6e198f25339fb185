"""`python -m pipeline_mcp.compat.version_keeper`: older options, done by `scan` and `version`."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from pipeline_mcp.cli.boundary import exit_code
from pipeline_mcp.cli.logs import log_to_stderr
from pipeline_mcp.cli.output import check_output
from pipeline_mcp.cli.services import services
from pipeline_mcp.compat.keeper_options import KeeperOptions, keeper_options
from pipeline_mcp.compat.lint_reports import expect_directory


@click.command()
@keeper_options
@click.pass_context
def version_keeper(context: click.Context, /, **given: Any) -> None:
    """Check the code in the current directory, or check its version and raise it.

    The options are those of the older version keeper; docs/versions.md has what to use now.
    """
    options = KeeperOptions(**given)
    options.scan()
    log_to_stderr(debug=False)
    if options.output_file is not None:
        expect_directory(options.output_file.absolute().parent)
    check_output(options.output_file)
    with services():
        if options.is_look:
            from pipeline_mcp.compat.lint import run_lint

            context.exit(run_lint(options))
        from pipeline_mcp.compat.release import run_release

        context.exit(run_release(options))


def main() -> NoReturn:
    """Run it, and leave with its exit code."""
    sys.exit(exit_code(version_keeper, sys.argv[1:], name="version_keeper"))


if __name__ == "__main__":
    main()
