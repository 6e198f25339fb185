"""What one file defines, imports and calls: all that the check needs, without the tree."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline_mcp.analysers.finding import Span


@dataclass(frozen=True, slots=True)
class Reference:
    """What an import names: `from <level dots><module> import <name>`, or a module if no name."""

    level: int
    module: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ImportUse:
    """An import that must work: no handler or condition makes it optional.

    `statement` is the line on which the whole statement starts.
    """

    reference: Reference
    statement: int
    span: Span


@dataclass(frozen=True, slots=True)
class CallUse:
    """A call of `<reference>.<attributes…>()`, where the name before the dot is only imported."""

    reference: Reference
    attributes: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Patch:
    """`<reference>.<attributes…>` gets an attribute `name`; None stands for any name."""

    reference: Reference
    attributes: tuple[str, ...]
    name: str | None


@dataclass(slots=True)
class Facts:
    """A module's names, each with the import that alone binds it, or None for anything else.

    `is_open`: it may define names that cannot be seen. `is_package_open`: it may have
    submodules that cannot be seen. `probed` are strings that it asks for with `hasattr` and the
    like; `injected` may name modules that it puts into `sys.modules`.
    """

    names: dict[str, Reference | None] = field(default_factory=dict)
    stars: list[Reference] = field(default_factory=list)
    imports: list[ImportUse] = field(default_factory=list)
    calls: list[CallUse] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    probed: set[str] = field(default_factory=set)
    injected: set[str] = field(default_factory=set)
    is_open: bool = False
    is_package_open: bool = False
