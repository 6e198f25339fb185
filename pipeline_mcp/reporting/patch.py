"""The patch of a session alone, for `git apply`."""

from __future__ import annotations

from pipeline_mcp.domain.report import Report


def patch_report(report: Report) -> str:
    """A unified diff; empty where nothing was fixed."""
    return (report.fixes and report.fixes.patch) or ""
