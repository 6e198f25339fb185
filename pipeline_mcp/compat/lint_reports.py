"""Lint reports as files: where the older commands kept them, and what one of them says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline_mcp.cli.output import OutputError, write_answer
from pipeline_mcp.errors import PipelineError

_NAME = "claude-lint-report-"
# Of the directory of a session, the older scan had one of its own.
_LINT = "lint"
_MOST_BYTES = 256 * 1024 * 1024


class LintReportFileError(PipelineError):
    """The file is no lint report, or not one that can be used here."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"--lint-report {path}: {problem}.",
            next_step="Name a file that the version keeper or `scan --format json` has written, "
            "or leave it out: then the current directory is scanned.",
        )


@dataclass(frozen=True, slots=True)
class LintReportFile:
    """A report by its session, and the version of the project then; None where it has none."""

    path: Path
    session_id: str
    version: str | None


def lint_directory(session_directory: Path) -> Path:
    """Where the lint reports of a session's directory are."""
    return session_directory / _LINT


def save_report(text: str, directory: Path, name: str) -> None:
    """Write a report into a directory, which is made if it is not there.

    Raises:
        OutputError: it cannot be written.
    """
    expect_directory(directory)
    write_answer(text, directory / name)


def lint_report_name() -> str:
    """A name that sorts by time, as the older scan gave it."""
    return f"{_NAME}{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.json"


def newest_lint_report(session_directory: Path) -> Path | None:
    """The last lint report that was saved for a session's directory; None if there is none."""
    places = (lint_directory(session_directory), session_directory)
    found = [file for place in places for file in place.glob(f"{_NAME}*.json")]
    return max(found, key=lambda file: file.name, default=None)


def read_lint_report(path: Path) -> LintReportFile:
    """What the report says of itself.

    Raises:
        LintReportFileError: it cannot be read, or is none.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LintReportFileError(path, f"it has more than {_MOST_BYTES} bytes")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise LintReportFileError(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise LintReportFileError(path, "it is no JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("session_id"), str):
        raise LintReportFileError(path, "it is no lint report, for it has no session_id")
    version = document.get("version")
    return LintReportFile(
        path, document["session_id"], version if isinstance(version, str) else None
    )


def expect_directory(directory: Path) -> None:
    """Make the directory, and those above it, if they are not there.

    Raises:
        OutputError: that cannot be done.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(directory, f"it cannot be made ({error.strerror})") from error
