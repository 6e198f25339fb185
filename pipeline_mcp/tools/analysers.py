"""What the adapters of our own two checks share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed, Job
from pipeline_mcp.tools.output import json_output


def command(job: Job) -> list[str]:
    """The files go into a list of their own: many thousands of names are no command line."""
    return [*job.arguments, "--", str(write_list(job.scratch / "files", job.files))]


def write_list(file: Path, names: Iterable[str]) -> Path:
    """Write the names, each ended by a NUL byte; gives the file."""
    file.write_bytes(b"".join(os.fsencode(name) + b"\0" for name in names))
    return file


def findings(tool: str, job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per entry of what the analyser printed."""
    completed.expect(0)
    try:
        for entry in json_output(completed)["findings"]:
            severity = Severity(entry.pop("severity"))
            path = job.relative(entry.pop("path"))
            yield Finding(tool=tool, severity=severity, path=path, **entry)
    except (KeyError, TypeError, ValueError) as error:
        raise ToolOutputError(f"it printed an entry that is no finding: {error!r}") from error
