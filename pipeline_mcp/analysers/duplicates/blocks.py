"""Copied runs of statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline_mcp.analysers.duplicates.copies import Place, Size, copy_finding
from pipeline_mcp.analysers.duplicates.tape import Covered, Definition, Tape
from pipeline_mcp.analysers.finding import Finding
from pipeline_mcp.analysers.source import Source


@dataclass(frozen=True, slots=True)
class _Run:
    """Statements that follow each other: a key and a line for each."""

    path: str
    keys: list[int]
    lines: list[int]

    def place(self, position: int) -> Place:
        return Place(self.path, self.lines[position])


class BlockIndex:
    """The first place of every run of statements so far; files must come in a fixed order.

    A window is the shortest run from a statement on that is big enough. Equal windows are where
    a copy starts; from there it is followed as far as it goes.
    """

    def __init__(self, least: Size) -> None:
        self._least = least
        self._windows: dict[int, tuple[_Run, int]] = {}

    def find(self, source: Source, tape: Tape, covered: Covered) -> Iterator[Finding]:
        """A finding at each run that was there before, unless it lies in a covered piece."""
        for body in tape.bodies:
            for statements in _runs(body):
                yield from self._find_in(statements, source, tape, covered)

    def _find_in(
        self, statements: list[ast.stmt], source: Source, tape: Tape, covered: Covered
    ) -> Iterator[Finding]:
        keys = [tape.key(tape.starts[node], tape.ends[node]) for node in statements]
        here = _Run(source.path, keys, [node.lineno for node in statements])
        free = 0  # the copy that was found last ends before this statement
        for position, end in self._window_ends(statements, tape):
            window = hash(tuple(keys[position:end]))
            first, start = self._windows.setdefault(window, (here, position))
            is_apart = first is not here or start + end - position <= position
            if position < free or not is_apart:
                continue
            free = position + _common_length(first, start, here, position)
            nodes = statements[position], statements[free - 1]
            if covered.add(tape.starts[nodes[0]], tape.ends[nodes[1]]):
                message = f"This code is the same as that at {first.place(start)}."
                yield copy_finding("duplicate-block", message, source.path, source.span(*nodes))

    def _window_ends(self, statements: list[ast.stmt], tape: Tape) -> Iterator[tuple[int, int]]:
        """Each statement's number with the number of the first one behind its window."""
        end = 0
        for position, node in enumerate(statements):
            end = max(end, position + 1)
            while not tape.size(tape.starts[node], tape.ends[statements[end - 1]]).reaches(
                self._least
            ):
                end += 1
                if end > len(statements):
                    return
            yield position, end


def _runs(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """The statements between imports, which are alike everywhere, and definitions."""
    run: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom | Definition):
            yield run
            run = []
        else:
            run.append(node)
    yield run


def _common_length(first: _Run, start: int, here: _Run, position: int) -> int:
    """For how many statements the two places are the same; they never overlap."""
    length = 0
    limit = position - start if first is here else len(here.keys)
    for theirs, ours in zip(first.keys[start:], here.keys[position:], strict=False):
        if theirs != ours or length == limit:
            break
        length += 1
    return length
