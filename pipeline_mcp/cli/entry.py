"""The entry point of the console script."""

from __future__ import annotations

import sys
from typing import NoReturn

from pipeline_mcp.cli.interruption import ignore_interruptions, take_interruptions
from pipeline_mcp.cli.standard_streams import mend_standard_streams
from pipeline_mcp.errors import ExitCode


def main() -> NoReturn:
    """Run the command line, and leave with its exit code."""
    try:
        mend_standard_streams()
        take_interruptions()
        code = _run()
        ignore_interruptions()
    except KeyboardInterrupt:  # before the boundary stands, or while it speaks
        ignore_interruptions()
        code = ExitCode.INTERRUPTED
    sys.exit(code)


def _run() -> int:
    # Imported here because impatient people interrupt imports too.
    from pipeline_mcp.cli.boundary import exit_code
    from pipeline_mcp.cli.group import root

    return exit_code(root, sys.argv[1:])
