"""Where a SARIF result points: URIs to workspace paths, regions to lines and columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Job

# Bases may stand on bases; a longer chain than this is a circle.
_MAX_BASES = 10


@dataclass(frozen=True, slots=True)
class Region:
    """Lines and columns as a `Finding` has them; 0 means "not said"."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


def path_of(run: dict[str, Any], location: dict[str, Any], job: Job) -> str:
    """The workspace path of an artifact location; empty where it names none.

    Raises:
        ToolOutputError: it lies outside the tree, or is no file.
    """
    if "uri" not in location and location.get("index", -1) >= 0:
        location = run["artifacts"][location["index"]]["location"]
    if "uri" not in location:
        return ""
    uri = _absolute(run, location)
    parts = urlsplit(uri)
    if parts.scheme not in ("", "file"):
        raise ToolOutputError(f"it spoke of {uri!r}, which is no file")
    return job.relative(unquote(parts.path))


def _absolute(run: dict[str, Any], location: dict[str, Any]) -> str:
    """The location's URI on its bases; a base that is not given is the root of the tree."""
    bases = run.get("originalUriBaseIds", {})
    uri = str(location["uri"])
    for _ in range(_MAX_BASES):
        base = bases.get(location.get("uriBaseId"))
        if base is None or urlsplit(uri).scheme:
            return uri
        uri, location = urljoin(base.get("uri", ""), uri), base
    raise ToolOutputError("its base URIs stand on one another in a circle")


def region_of(run: dict[str, Any], region: dict[str, Any] | None, job: Job, path: str) -> Region:
    """The region; columns that the tool counts in UTF-16 units become characters."""
    if region is None or "startLine" not in region:
        return Region()
    line = int(region["startLine"])
    end_line = int(region.get("endLine", line))
    column = int(region.get("startColumn", 1))
    end_column = int(region.get("endColumn", 0))
    if run.get("columnKind") == "utf16CodeUnits":
        column = _characters(job.root / path, line, column)
        end_column = _characters(job.root / path, end_line, end_column)
    return Region(line, column, end_line, end_column)


def _characters(file: Path, line: int, column: int) -> int:
    """The column in characters of one in UTF-16 units; as it is where the line cannot be read."""
    if column <= 1:
        return column
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return column
    if not 1 <= line <= len(lines):
        return column
    units = lines[line - 1].encode("utf-16-le", "surrogatepass")[: 2 * (column - 1)]
    beyond = max(0, column - 1 - len(units) // 2)
    return len(units.decode("utf-16-le", "replace")) + beyond + 1
