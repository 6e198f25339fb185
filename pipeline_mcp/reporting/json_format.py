"""The report as JSON text."""

from __future__ import annotations

import json
from typing import Any

from pipeline_mcp.domain.report import Report
from pipeline_mcp.reporting.document import report_document


def json_report(report: Report) -> str:
    """One object, see `report_document`."""
    return json_text(report_document(report))


def json_text(document: Any) -> str:
    """Indented JSON with a line end; a number that JSON does not know raises ValueError."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
