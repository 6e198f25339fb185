"""The entry point of the console script."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from pipeline_mcp.cli.standard_streams import mend_standard_streams
from pipeline_mcp.errors import ExitCode


def main() -> NoReturn:
    """Run the command line, and leave with its exit code."""
    try:
        mend_standard_streams()
        # Asked to end is like Ctrl-C: the session is cancelled, nothing keeps running for nobody.
        for asked_to_end in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(asked_to_end) is not signal.SIG_IGN:  # nohup
                signal.signal(asked_to_end, signal.default_int_handler)
        code = _run()
    except KeyboardInterrupt:  # before the boundary stands, or while it speaks
        code = ExitCode.INTERRUPTED
    sys.exit(code)


def _run() -> int:
    # Imported here because impatient people interrupt imports too.
    from pipeline_mcp.cli.boundary import exit_code
    from pipeline_mcp.cli.group import root

    return exit_code(root, sys.argv[1:])
