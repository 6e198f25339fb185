"""What is looked for, how big it must be, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_mcp.analysers.finding import Finding, Span

# Copies are worth knowing, yet no healthy repository is without any: they never fail a gate
# that its operator did not tighten.
SEVERITY = "info"


@dataclass(frozen=True, slots=True)
class Size:
    """How much code: statements, nested ones included, and tokens of the syntax tree."""

    statements: int
    tokens: int

    def reaches(self, least: Size) -> bool:
        """True if it is at least as much in both."""
        return self.statements >= least.statements and self.tokens >= least.tokens


@dataclass(frozen=True, slots=True)
class Limits:
    """The least size of a copy that is worth a word.

    Methods such as `__eq__` are alike by nature, and a function of which only the names of the
    variables differ may be so by chance: both must be bigger.
    """

    file: Size = Size(4, 50)
    definition: Size = Size(4, 50)
    special_method: Size = Size(8, 120)
    renamed: Size = Size(5, 60)
    block: Size = Size(6, 90)


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the first of several copies is; `name` is empty for a run of statements."""

    path: str
    line: int
    name: str = ""

    def __str__(self) -> str:
        named = f"`{self.name}` at " if self.name else ""
        return f"{named}{self.path}:{self.line}"


def copy_finding(rule: str, message: str, path: str, span: Span) -> Finding:
    """A finding at the later copy."""
    return Finding(rule, SEVERITY, message, path, span)
