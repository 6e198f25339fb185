"""What an analyser says at a place, and how it prints that."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Lines and columns count from 1, columns in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """`severity` is `error`, `warning` or `info`; `path` is relative to the tree."""

    rule: str
    severity: str
    message: str
    path: str
    span: Span

    @property
    def order(self) -> tuple[str, Span, str, str]:
        """The order in which findings are printed."""
        return (self.path, self.span, self.rule, self.message)


def print_findings(findings: Iterable[Finding]) -> None:
    """Print `{"findings": [{rule, severity, message, path, line, …}]}`, as ASCII.

    A name of a file may hold bytes that are not UTF-8; as ASCII they survive any pipe.
    """
    ordered = sorted(findings, key=lambda finding: finding.order)
    json.dump({"findings": [_flat(finding) for finding in ordered]}, sys.stdout)


def _flat(finding: Finding) -> dict[str, str | int]:
    span = asdict(finding.span)
    words = {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
    }
    return words | span
