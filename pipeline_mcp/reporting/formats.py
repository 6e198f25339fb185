"""The output formats by name."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_mcp.domain.report import Report
from pipeline_mcp.reporting.codequality import codequality_report
from pipeline_mcp.reporting.github import github_report
from pipeline_mcp.reporting.json_format import json_report
from pipeline_mcp.reporting.junit import junit_report
from pipeline_mcp.reporting.markdown import markdown_report
from pipeline_mcp.reporting.outputs import outputs_report
from pipeline_mcp.reporting.patch import patch_report
from pipeline_mcp.reporting.sarif import sarif_report
from pipeline_mcp.reporting.text import text_report

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": text_report,
    "json": json_report,
    "sarif": sarif_report,
    "junit": junit_report,
    "github": github_report,
    "markdown": markdown_report,
    "codequality": codequality_report,
    "outputs": outputs_report,
    "patch": patch_report,
}
