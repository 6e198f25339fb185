"""The worker of the stack: a Celery worker without the command line's costs.

Starting through `celery worker` would import all its commands and plug-ins first, a third of
the whole start. It lives as long as its standard input stays open, so it cannot outlive the
supervisor that holds the other end.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
import warnings

from celery.app.utils import find_app
from celery.platforms import SecurityWarning

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.migrate import ensure_current
from pipeline_mcp.embedded import processes


def main() -> int:
    """Run until a signal or the end of standard input."""
    arguments = _arguments()
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # Celery's own import would look in the working directory first.
    app = find_app(arguments.app, imp=importlib.import_module)
    ensure_current()
    worker = app.Worker(
        hostname=arguments.name,
        pool="threads",
        concurrency=arguments.concurrency,
        loglevel=settings().log_level.upper(),
        quiet=True,
        without_mingle=True,
        without_gossip=True,
    )
    worker.start()
    return worker.exitcode or 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pipeline_mcp.embedded.worker")
    parser.add_argument("--app", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    return parser.parse_args()


def _end_with_supervisor() -> None:
    """The supervisor is gone when nobody can write to our standard input any more."""
    while os.read(0, 512):
        continue
    for pid in processes.children_of(os.getpid()):
        processes.kill_with_group(pid)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
