"""Which names a scope binds, and which of them nothing but one import binds."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline_mcp.analysers.imports.facts import Reference


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function. A name bound twice in different ways counts as unknown.

    Comprehensions and lambdas are taken as part of the scope around them: a name that one of
    them binds is then unknown there, which can only silence the check.
    """

    parent: Scope | None = None
    is_class: bool = False
    bound: dict[str, Reference | None] = field(default_factory=dict)

    def bind(self, name: str, reference: Reference | None = None) -> None:
        """`name` gets a value here: what `reference` imports, or something else."""
        known = self.bound.setdefault(name, reference)
        if known != reference:
            self.bound[name] = None

    def bind_elsewhere(self, name: str) -> None:
        """`global` and `nonlocal`: the name is unknown in every scope from here out."""
        scope: Scope | None = self
        while scope is not None:
            scope.bind(name)
            scope = scope.parent

    def find(self, name: str) -> Reference | None:
        """The import that `name` stands for in this scope, or None if that is not certain."""
        scope: Scope | None = self
        while scope is not None:
            # The body of a class is no scope for the functions in it.
            if name in scope.bound and (scope is self or not scope.is_class):
                return scope.bound[name]
            scope = scope.parent
        return None
