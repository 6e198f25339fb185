"""The name of a finding that stays when lines move."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline_mcp.domain.finding import Finding

_LENGTH = 32
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
    for finding in sorted(findings, key=lambda one: one.order):
        context = _context(finding, source(finding.path) if finding.path else None)
        place = "\0".join((finding.tool, finding.rule, finding.path, *context))
        seen[place] += 1
        named.append(replace(finding, fingerprint=_hash(f"{place}\0{seen[place]}")))
    return named


def _context(finding: Finding, text: str | None) -> tuple[str, str]:
    """The enclosing symbol and the line's text; the message where there is no line."""
    if text is None or finding.line < 1:
        return "", finding.message
    # As tools count lines: a form feed, which splitlines() takes for an end, ends none.
    lines = _LINE_END.split(text)
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    symbol = _enclosing(finding.path, text, finding.line)
    return symbol, "".join(line.split())


def _enclosing(path: str, text: str, line: int) -> str:
    if not path.endswith((".py", ".pyi")):
        return ""
    inner = ""
    for start, end, name in _symbols(text):
        if start <= line <= end:
            inner = name  # the list goes from the outer to the inner ones
    return inner


@functools.lru_cache(maxsize=256)
def _symbols(text: str) -> tuple[tuple[int, int, str], ...]:
    """`(first line, last line, qualified name)` of every class and function, outer ones first."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()  # a file that does not parse has no symbols; tools say so in their findings
    found: list[tuple[int, int, str]] = []
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    while todo:
        node, prefix = todo.pop()
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}" if prefix else child.name
                found.append((child.lineno, child.end_lineno or child.lineno, name))
            todo.append((child, name))
    return tuple(sorted(found, key=lambda row: (row[0], -row[1])))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
