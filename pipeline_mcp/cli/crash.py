"""The traceback of a mistake, in a file that the user can send."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

from pipeline_mcp import __version__


def write_crash_log(error: BaseException) -> Path:
    """Write the traceback to a new file among the state's logs, or among temporary files."""
    directory = _directory()
    with tempfile.NamedTemporaryFile(
        "w",
        prefix="crash-",
        suffix=".log",
        dir=directory,
        delete=False,
        encoding="utf-8",
        errors="backslashreplace",
    ) as file:
        file.write(f"pipeline-mcp {__version__}\n")
        file.write("".join(traceback.format_exception(error)))
    return Path(file.name)


def _directory() -> Path | None:
    """The state's logs; None, which means temporary files, where they cannot be used."""
    from pipeline_mcp.config.settings import settings

    try:
        logs = settings().state_dir / "log"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=logs):
            return logs
    except Exception:  # noqa: BLE001 - it may be the settings themselves that are broken
        return None
