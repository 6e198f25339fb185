"""Where a finding is, and what its edits replace, in SARIF's words."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pipeline_mcp.domain.finding import Edit, Finding

ROOT = "SRCROOT"


def location(finding: Finding) -> dict[str, Any]:
    """The finding's file, with its region where the tool said a line."""
    physical = artifact(finding.path)
    if finding.line > 0:
        physical["region"] = _region(finding)
    return {"physicalLocation": physical}


def artifact(path: str) -> dict[str, Any]:
    """The file at `path`, as a URI below the workspace; bytes that are not UTF-8 stay exact."""
    return {"artifactLocation": {"uri": _quoted(path), "uriBaseId": ROOT}}


def roots(workspace: str) -> dict[str, Any]:
    """What the URIs of the files are relative to; `workspace` is an absolute path."""
    uri = f"file://{_quoted(workspace).rstrip('/')}/"
    return {ROOT: {"uri": uri, "description": {"text": "The workspace."}}}


def fix(finding: Finding) -> dict[str, Any]:
    """The finding's edits as one change of its file."""
    change = artifact(finding.path) | {
        "replacements": [_replacement(edit) for edit in finding.edits]
    }
    return {"artifactChanges": [change]}


def _region(finding: Finding) -> dict[str, int]:
    """What the tool said of the span and no more; an end before the start is left out."""
    region = {"startLine": finding.line}
    if finding.column > 0:
        region["startColumn"] = finding.column
    start, end = (finding.line, finding.column), (finding.end_line, finding.end_column)
    if finding.end_line > 0 and finding.end_column > 0 and end >= start:
        region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    elif finding.end_line >= finding.line and finding.end_column <= 0:
        region["endLine"] = finding.end_line
    return region


def _replacement(edit: Edit) -> dict[str, Any]:
    deleted = {
        "startLine": edit.line,
        "startColumn": edit.column,
        "endLine": edit.end_line,
        "endColumn": edit.end_column,
    }
    return {"deletedRegion": deleted, "insertedContent": {"text": edit.text}}


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/-._~")
