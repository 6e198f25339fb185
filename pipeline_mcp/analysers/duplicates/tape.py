"""A module as one flat list of tokens, in which any piece of code is a slice.

Two pieces of code are the same where their slices are equal. The list leaves out what does not
count: positions, comments, formatting, docstrings and the annotations of functions.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

from pipeline_mcp.analysers.duplicates.copies import Size

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class Tape:
    """`tokens` in the order of the tree; all other numbers are positions in it.

    `names` are the places of variables and parameters, `stored` those that bind one, `foreign`
    those of `global` and `nonlocal`. `cores` says where a definition starts, its name left out.
    `bodies` are the lists of statements, outer ones first.
    """

    tokens: list[Any] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    starts: dict[ast.AST, int] = field(default_factory=dict)
    cores: dict[ast.AST, int] = field(default_factory=dict)
    ends: dict[ast.AST, int] = field(default_factory=dict)
    bodies: list[list[ast.stmt]] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)

    def size(self, start: int, end: int) -> Size:
        """How much code the slice is."""
        statements = bisect_left(self.statements, end) - bisect_left(self.statements, start)
        return Size(statements, end - start)

    def key(self, start: int, end: int) -> int:
        """The same number for the same code."""
        return hash(tuple(self.tokens[start:end]))

    def renamed_key(self, start: int, end: int) -> int | None:
        """The same number for code that is the same but for the names of its own variables.

        None where it assigns variables that are not its own.
        """
        if _within(self.foreign, start, end):
            return None
        own = {self.tokens[place] for place in _within(self.stored, start, end)}
        piece = self.tokens[start:end]
        numbers: dict[str, int] = {}
        for place in _within(self.names, start, end):
            name = self.tokens[place]
            if name in own:
                piece[place - start] = numbers.setdefault(name, len(numbers))
        return hash(tuple(piece))


class Covered:
    """The pieces of one tape about which enough has been said; no two of them overlap."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> bool:
        """Cover the slice; False if it lies in a covered one already."""
        place = bisect_left(self._starts, start + 1)
        if place and end <= self._ends[place - 1]:
            return False
        # Pieces of a tape are nested or apart: what starts in the new one also ends there.
        last = bisect_left(self._starts, end)
        first = bisect_left(self._starts, start)
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
        return True


def _within(places: list[int], start: int, end: int) -> list[int]:
    return places[bisect_left(places, start) : bisect_left(places, end)]
