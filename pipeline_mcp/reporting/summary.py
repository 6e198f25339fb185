"""A report without its findings: short whatever was found, so that it can be kept and told."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.domain.patch import StepState
from pipeline_mcp.domain.report import Report
from pipeline_mcp.reporting.document import report_document
from pipeline_mcp.reporting.older import error_count, lint_details
from pipeline_mcp.reporting.verdict import verdict

# Raised whenever a summary of this version has or means something else.
VERSION = 2

# Of these the first ones tell what there is; the report has the rest.
_MOST = {"skipped_files": 10, "notices": 10, "recommendations": 10, "priority_fixes": 8}
_MOST_ATTEMPTS = 10
_MOST_FILES = 20
_LONGEST_PATCH_BYTES = 4_000
_TURNED_DOWN = frozenset({StepState.REJECTED, StepState.REFUSED})


def summarise(report: Report) -> dict[str, Any]:
    """JSON-ready: `version`, `verdict`, `errors`, `document` and the older system's `details`.

    `document` is the report's without its findings, with the first of everything else that may
    be long; `left_out` says how many are missing of what, `patch` is there if it is short.
    """
    return {
        "version": VERSION,
        "verdict": verdict(report),
        "errors": error_count(report),
        "details": lint_details(report),
        "document": _short(report_document(report)),
    }


def _short(document: dict[str, Any]) -> dict[str, Any]:
    short = {key: value for key, value in document.items() if key != "findings"}
    for key, most in _MOST.items():
        left_out = len(short[key]) - most
        short[key] = short[key][:most]
        if left_out > 0:
            short.setdefault("left_out", {})[key] = left_out
    if short["fixes"] is not None:
        tried = [one for one in short["fixes"]["attempts"] if one["state"] in _TURNED_DOWN]
        short["fixes"] = short["fixes"] | {"attempts": tried[:_MOST_ATTEMPTS]}
    if short["application"] is not None:
        files = short["application"]["files"][:_MOST_FILES]
        short["application"] = short["application"] | {"files": files}
    short["has_patch"] = short["patch"] is not None
    if short["has_patch"] and len(short["patch"].encode()) > _LONGEST_PATCH_BYTES:
        short["patch"] = None
    return short
