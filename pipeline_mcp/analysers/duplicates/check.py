"""The whole check over a list of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline_mcp.analysers.duplicates.blocks import BlockIndex
from pipeline_mcp.analysers.duplicates.copies import DEFAULT_LIMITS, Limits, Place, copy_finding
from pipeline_mcp.analysers.duplicates.definitions import DefinitionIndex
from pipeline_mcp.analysers.duplicates.recorder import record
from pipeline_mcp.analysers.duplicates.tape import Covered, Tape
from pipeline_mcp.analysers.finding import Finding, Span
from pipeline_mcp.analysers.places import is_frozen, is_generated, is_test_data, is_vendored
from pipeline_mcp.analysers.source import Source, UnreadableError, read_source


def check(paths: Iterable[str], limits: Limits = DEFAULT_LIMITS) -> Iterator[Finding]:
    """Findings at all copies but the first, in the order of `paths`, which must be sorted."""
    files: dict[int, Place] = {}
    definitions, blocks = DefinitionIndex(limits), BlockIndex(limits.block)
    for path in paths:
        if is_vendored(path) or is_test_data(path) or is_frozen(path):
            continue
        try:
            source = read_source(path)
        except UnreadableError as error:
            yield error.finding()
            continue
        if is_generated(path, source.lines):
            continue
        tape = record(source.tree)
        copied = _same_file(source, tape, files, limits)
        if copied:
            yield copied
            continue
        covered = Covered()
        yield from definitions.find(source, tape, covered)
        yield from blocks.find(source, tape, covered)


def _same_file(
    source: Source, tape: Tape, files: dict[int, Place], limits: Limits
) -> Finding | None:
    end = len(tape.tokens)
    if not tape.size(0, end).reaches(limits.file):
        return None
    here = Place(source.path, 1)
    first = files.setdefault(tape.key(0, end), here)
    if first is here:
        return None
    message = f"This file holds the same code as {first.path}."
    return copy_finding("duplicate-file", message, source.path, Span(1, 1, 1, 1))
