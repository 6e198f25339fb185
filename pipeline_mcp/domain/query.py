"""What one may ask of a session's findings, and what one gets."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_mcp.domain.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """All conditions must hold; empty means "any". `paths` are globs in which `*` crosses `/`."""

    tools: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    paths: tuple[str, ...] = ()
    new_only: bool = False


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Findings in their order; `cursor` asks for the next page and is None on the last one."""

    findings: tuple[Finding, ...]
    total: int
    cursor: str | None
