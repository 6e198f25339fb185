"""Numbers and names as people write them."""

from __future__ import annotations

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.reporting.sanitise import visible

_MINUTE = 60.0


def count(number: int, noun: str) -> str:
    """`1 finding`, `1,204 findings`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(duration: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`."""
    if duration < 10:
        return f"{duration:.1f} s"
    if duration < _MINUTE:
        return f"{duration:.0f} s"
    minutes, rest = divmod(round(duration), int(_MINUTE))
    return f"{minutes} min {rest} s"


def place(finding: Finding) -> str:
    """`path:line:column` as far as the tool said it; visible."""
    if not finding.path:
        return "the whole program"
    numbers = [finding.line, finding.column] if finding.column else [finding.line]
    return ":".join([visible(finding.path), *(str(number) for number in numbers if number)])
