"""What a user's tool prints, turned into findings: SARIF, JSON or lines that match a pattern."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_mcp.config.tool_settings import (
    FACTS,
    CustomTool,
    JsonParser,
    RegexParser,
    compile_pattern,
)
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed, Job
from pipeline_mcp.tools.sarif_input import read_sarif

_WORDS = {
    Severity.ERROR: ("error", "fatal", "critical", "blocker", "high", "e", "f"),
    Severity.WARNING: ("warning", "warn", "medium", "major", "w"),
    Severity.INFO: ("info", "information", "note", "none", "hint", "style", "low", "minor", "i"),
}
_SEVERITIES = {word: severity for severity, words in _WORDS.items() for word in words}


def read_output(
    name: str, definition: CustomTool, job: Job, completed: Completed
) -> Iterator[Finding]:
    """The findings in what the tool `name` printed.

    Raises:
        ToolOutputError: it ended in an unexpected way, or printed something else.
    """
    completed.expect(*definition.exit_codes)
    parser = definition.parser
    if isinstance(parser, RegexParser):
        facts = _lines(parser, completed)
    elif isinstance(parser, JsonParser):
        facts = _objects(parser, completed.stdout)
    else:
        yield from read_sarif(
            completed.stdout, job, tool=name, severity=lambda level: _severity(definition, level)
        )
        return
    for each in facts:
        yield _finding(name, definition, job, each, first_column=parser.first_column)


def _lines(parser: RegexParser, completed: Completed) -> Iterator[Mapping[str, Any]]:
    pattern = compile_pattern(parser.pattern)
    printed = completed.stdout if parser.stream == "stdout" else completed.stderr
    for line in printed.split("\n"):
        match = pattern.search(line.removesuffix("\r"))
        if match is not None:
            yield match.groupdict()


def _objects(parser: JsonParser, printed: str) -> Iterator[Mapping[str, Any]]:
    try:
        document = json.loads(printed)
    except (ValueError, RecursionError) as error:
        raise ToolOutputError(f"it did not print JSON: {error}") from error
    ways = {fact: getattr(parser, fact) for fact in FACTS}
    for scopes in _each(document, parser.findings, ()):
        yield {fact: _look_up(scopes, way) for fact, way in ways.items() if way}


def _each(value: Any, way: Sequence[str], around: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Each finding with the objects around it, the innermost first."""
    if not way:
        if not isinstance(value, list):
            raise ToolOutputError("`findings` does not lead to a list in what it printed")
        for finding in value:
            yield (finding, *around)
        return
    part, rest = way[0], way[1:]
    outer = (value, *around)
    if part == "*" and isinstance(value, list):
        for inner in value:
            yield from _each(inner, rest, outer)
    elif isinstance(value, dict) and part in value:
        yield from _each(value[part], rest, outer)
    else:
        raise ToolOutputError(f"`findings` leads to {part!r}, which is not in what it printed")


def _look_up(scopes: tuple[Any, ...], way: Sequence[str]) -> Any:
    """The value at the end of `way`, from the innermost object that has it; None if none has."""
    for scope in scopes:
        value = scope
        for part in way:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _finding(
    name: str, definition: CustomTool, job: Job, facts: Mapping[str, Any], *, first_column: int
) -> Finding:
    message = facts.get("message")
    if message is None:
        raise ToolOutputError("a finding has no message")
    path = str(facts.get("path") or "")
    line, end_line = (_number(facts, fact) for fact in ("line", "end_line"))
    column, end_column = (
        0 if facts.get(fact) in (None, "") else _number(facts, fact) + 1 - first_column
        for fact in ("column", "end_column")
    )
    return Finding(
        tool=name,
        rule=str(facts.get("rule") or name),
        severity=_severity(definition, str(facts.get("severity") or "")),
        message=str(message).strip(),
        path=job.relative(path) if path else "",
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
    )


def _number(facts: Mapping[str, Any], fact: str) -> int:
    value = facts.get(fact)
    if value in (None, ""):
        return 0
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise ToolOutputError(f"{fact} is {value!r}, which is not a number") from error
    if number < 0:
        raise ToolOutputError(f"{fact} is {number}, which is below zero")
    return number


def _severity(definition: CustomTool, word: str) -> Severity:
    """The definition's word first, then what the word commonly means."""
    own = definition.severities.get(word)
    return own or _SEVERITIES.get(word.lower(), definition.default_severity)
