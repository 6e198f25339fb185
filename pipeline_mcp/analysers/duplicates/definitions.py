"""Equal functions and classes, and functions that differ in the names of variables only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pipeline_mcp.analysers.duplicates.copies import Limits, Place, Size, copy_finding
from pipeline_mcp.analysers.duplicates.tape import Covered, Definition, Tape
from pipeline_mcp.analysers.finding import Finding
from pipeline_mcp.analysers.source import Source


class DefinitionIndex:
    """The first place of every definition so far; files must come in a fixed order."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._same: dict[int, Place] = {}
        self._renamed: dict[int, Place] = {}

    def find(self, source: Source, tape: Tape, covered: Covered) -> Iterator[Finding]:
        """A finding at each definition that was there before, unless it lies in a covered piece.

        The pieces that are found are covered from then on.
        """
        for node in tape.definitions:
            size = tape.size(tape.cores[node], tape.ends[node])
            if not size.reaches(self._least(node)):
                continue
            found = self._match(node, Place(source.path, node.lineno, node.name), tape, size)
            if found and covered.add(tape.starts[node], tape.ends[node]):
                rule, message = found
                yield copy_finding(rule, message, source.path, source.span(node, node))

    def _least(self, node: Definition) -> Size:
        is_special = node.name.startswith("__") and node.name.endswith("__")
        return self._limits.special_method if is_special else self._limits.definition

    def _match(
        self, node: Definition, here: Place, tape: Tape, size: Size
    ) -> tuple[str, str] | None:
        """Rule and message for a definition that was there before; a new one is remembered."""
        start, end = tape.cores[node], tape.ends[node]
        what = "class" if isinstance(node, ast.ClassDef) else "function"
        first = self._same.setdefault(tape.key(start, end), here)
        if first is not here:
            return f"duplicate-{what}", f"`{node.name}` has the same body as {first}."
        if what == "class" or not size.reaches(self._limits.renamed):
            return None
        key = tape.renamed_key(start, end)
        first = here if key is None else self._renamed.setdefault(key, here)
        if first is not here:
            return (
                "similar-function",
                f"`{node.name}` differs from {first} in the names of its variables only.",
            )
        return None
