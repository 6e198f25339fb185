"""The name of a finding that stays when lines move."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.scanning.symbols import enclosing, symbols

_LENGTH = 32
_CONTEXT_LENGTH = 16
_LINE_END = re.compile(r"\r\n|\n|\r")


def fingerprinted(
    findings: Sequence[Finding], source: Callable[[str], str | None]
) -> list[Finding]:
    """The findings in their order, each with its fingerprint.

    A fingerprint covers tool, rule, path, the enclosing symbol and the line's text without its
    white space; equal ones in a file are told apart by their order. `source` gives the text of
    a file, or None.
    """
    seen: Counter[str] = Counter()
    named = []
    in_order = sorted(findings, key=lambda one: one.order)
    for path, group in groupby(in_order, key=lambda one: one.path):
        context = _Context(path, source(path) if path else None)
        for finding in group:
            place = "\0".join((finding.tool, finding.rule, path, *context.of(finding)))
            seen[place] += 1
            named.append(replace(finding, fingerprint=_hash(f"{place}\0{seen[place]}")))
    return named


def places(
    findings: Sequence[Finding], source: Callable[[str], str | None]
) -> list[tuple[str, str]]:
    """Of each finding the enclosing symbol and a hash of its line's text: all but the path."""
    contexts: dict[str, _Context] = {}
    found = []
    for finding in findings:
        path = finding.path
        if path not in contexts:
            contexts[path] = _Context(path, source(path) if path else None)
        symbol, text = contexts[path].of(finding)
        found.append((symbol, _hash(text)[:_CONTEXT_LENGTH]))
    return found


class _Context:
    """What surrounds the findings of one file; the file is split and parsed once."""

    def __init__(self, path: str, text: str | None) -> None:
        # As tools count lines: a form feed, which splitlines() takes for an end, ends none.
        self._lines = None if text is None else _LINE_END.split(text)
        is_python = text is not None and path.endswith((".py", ".pyi"))
        self._symbols = symbols(text or "") if is_python else ()

    def of(self, finding: Finding) -> tuple[str, str]:
        """The enclosing symbol and the line's text; the message where there is no line."""
        if self._lines is None or finding.line < 1:
            return "", finding.message
        line = self._lines[finding.line - 1] if finding.line <= len(self._lines) else ""
        return enclosing(self._symbols, finding.line), "".join(line.split())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
