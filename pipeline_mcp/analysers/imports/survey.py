"""Reads the facts of a file off its tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.analysers.imports import dynamics, guards
from pipeline_mcp.analysers.imports.facts import (
    CallUse,
    Facts,
    ImportUse,
    Patch,
    Reference,
)
from pipeline_mcp.analysers.imports.scopes import Scope
from pipeline_mcp.analysers.source import Source


def survey(source: Source) -> Facts:
    """What the file defines, imports and calls."""
    return _Surveyor(source).run()


@dataclass(frozen=True, slots=True)
class _Frame:
    """Nodes of one scope; `is_optional` if the code is ready for their failure."""

    nodes: Sequence[ast.AST]
    scope: Scope
    is_optional: bool


@dataclass(frozen=True, slots=True)
class _Chain:
    """`name.attribute.attribute…`, to be resolved once all bindings are known."""

    name: str
    attributes: tuple[str, ...]
    scope: Scope
    node: ast.expr


class _Surveyor:
    """Walks with a list of frames instead of recursion, so that no code is nested too deeply."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._facts = Facts()
        self._module = Scope()
        self._frame = _Frame([source.tree], self._module, is_optional=False)
        self._frames = [self._frame]
        self._todo: list[ast.AST] = []
        self._calls: list[_Chain] = []
        self._patches: list[tuple[_Chain, str | None]] = []
        self._strings: set[str] = set()
        self._touches_modules = False

    def run(self) -> Facts:
        """Walk the whole tree once."""
        while self._frames:
            self._frame = self._frames.pop()
            self._todo = list(self._frame.nodes)
            while self._todo:
                node = self._todo.pop()
                _VISITS.get(type(node), _Surveyor.visit_children)(self, node)
        return self._finished()

    def visit_children(self, node: ast.AST) -> None:
        """Look at everything in the node, in the same frame."""
        for name in node._fields:
            part = getattr(node, name, None)
            if type(part) is list:
                self._todo += [each for each in part if isinstance(each, ast.AST)]
            elif isinstance(part, ast.AST):
                self._todo.append(part)

    def _enter(
        self, nodes: Sequence[ast.AST], scope: Scope | None = None, *, is_optional: bool = False
    ) -> None:
        """Look at the nodes later, in another scope or as optional ones."""
        optional = self._frame.is_optional or is_optional
        self._frames.append(_Frame(nodes, scope or self._frame.scope, optional))

    def _finished(self) -> Facts:
        facts = self._facts
        facts.names |= self._module.bound
        facts.is_open |= "__getattr__" in facts.names
        for chain in self._calls:
            reference = chain.scope.find(chain.name)
            if reference is not None:
                span = self._source.span(chain.node, chain.node)
                facts.calls.append(CallUse(reference, chain.attributes, span))
        for chain, name in self._patches:
            reference = chain.scope.find(chain.name)
            if reference is not None:
                facts.patches.append(Patch(reference, chain.attributes, name))
        if self._touches_modules:
            facts.is_open = facts.is_package_open = True
            facts.injected |= self._strings
        return facts

    # What binds names.

    def visit_import(self, node: ast.Import) -> None:
        """`import a.b` binds `a`, `import a.b as c` binds `c` to the inner module."""
        for alias in node.names:
            self._use(node, alias, Reference(0, alias.name))
            bound = alias.name if alias.asname else alias.name.split(".")[0]
            self._frame.scope.bind(alias.asname or bound, Reference(0, bound))

    def visit_import_from(self, node: ast.ImportFrom) -> None:
        """A star brings in what the module has; anything else binds one name."""
        module = node.module or ""
        for alias in node.names:
            if alias.name == "*":
                self._use(node, alias, Reference(node.level, module))
                self._facts.stars.append(Reference(node.level, module))
                continue
            reference = Reference(node.level, module, alias.name)
            self._use(node, alias, reference)
            self._frame.scope.bind(alias.asname or alias.name, reference)

    def _use(self, node: ast.stmt, alias: ast.alias, reference: Reference) -> None:
        lines = self._source.lines[node.lineno - 1], self._source.lines[alias.lineno - 1]
        if not self._frame.is_optional and not any(map(dynamics.is_excused, lines)):
            span = self._source.span(alias, alias)
            self._facts.imports.append(ImportUse(reference, node.lineno, span))

    def visit_name(self, node: ast.Name) -> None:
        """A variable is bound, or read: some names that are read give a module away."""
        in_module = self._frame.scope is self._module
        if not isinstance(node.ctx, ast.Load):
            self._frame.scope.bind(node.id)
        self._facts.is_open |= dynamics.adds_names(node.id, in_module=in_module)
        self._open_package_if(node.id)

    def visit_binding(self, node: ast.AST) -> None:
        """Parameters, `except … as`, patterns and type parameters hold the name as a string."""
        for attribute in ("arg", "name", "rest"):
            name = getattr(node, attribute, None)
            if isinstance(name, str):
                self._frame.scope.bind(name)
        self.visit_children(node)

    def visit_global(self, node: ast.Global | ast.Nonlocal) -> None:
        """The function binds names of the scopes around it."""
        for name in node.names:
            self._frame.scope.bind_elsewhere(name)

    def visit_assignment(self, node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> None:
        """What `__all__` lists is taken for granted."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value and any(dynamics.last_name(target) == "__all__" for target in targets):
            for name in dynamics.strings(node.value):
                self._module.bind(name)
        self.visit_children(node)

    # What opens a scope, or makes failure acceptable.

    def visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """The parameters and the body are a scope; all else belongs to the one around it."""
        self._frame.scope.bind(node.name)
        arguments = node.args
        inner = Scope(self._frame.scope)
        is_optional = guards.may_be_skipped(node.decorator_list)
        self._enter(
            [
                *arguments.posonlyargs,
                *arguments.args,
                *arguments.kwonlyargs,
                *filter(None, [arguments.vararg, arguments.kwarg]),
                *getattr(node, "type_params", ()),
                *node.body,
            ],
            inner,
            is_optional=is_optional,
        )
        defaults = [*arguments.defaults, *arguments.kw_defaults, node.returns]
        self._todo += [*node.decorator_list, *filter(None, defaults)]

    def visit_class(self, node: ast.ClassDef) -> None:
        """The body is a scope that the functions in it do not see."""
        self._frame.scope.bind(node.name)
        self._enter(
            [*getattr(node, "type_params", ()), *node.body],
            Scope(self._frame.scope, is_class=True),
            is_optional=guards.may_be_skipped(node.decorator_list),
        )
        self._todo += [*node.decorator_list, *node.bases, *node.keywords]

    def visit_block(self, node: ast.Try | ast.With | ast.AsyncWith) -> None:
        """The body, and the handlers that stand in for it, may be ready for a failure."""
        is_optional = guards.expects_failure(node)
        if isinstance(node, ast.With | ast.AsyncWith):
            self._todo += node.items
            self._enter(node.body, is_optional=is_optional)
        else:
            self._enter([*node.body, *node.handlers], is_optional=is_optional)
            self._todo += [*node.orelse, *node.finalbody]

    def visit_if(self, node: ast.If) -> None:
        """Either branch may be one that never runs here."""
        self._todo.append(node.test)
        self._enter([*node.body, *node.orelse], is_optional=guards.is_conditional(node.test))

    # What is called, and what gives away names that cannot be seen.

    def visit_call(self, node: ast.Call) -> None:
        """A call of an attribute is a use; some calls reach into modules."""
        chain = self._chain(node.func)
        if chain and chain.attributes and not self._frame.is_optional:
            self._calls.append(chain)
        self._facts.is_open |= dynamics.hands_over_module(node)
        self._facts.probed.update(dynamics.probed_strings(node))
        if dynamics.last_name(node.func) in ("setattr", "delattr", "object") and node.args:
            target = self._chain(node.args[0])
            names = dynamics.strings(*node.args[1:2])
            if target:
                self._patches.append((target, names[0] if names else None))
        self.visit_children(node)

    def visit_attribute(self, node: ast.Attribute) -> None:
        """`module.name = …` adds a name to a module; `sys.modules` may add whole modules."""
        target = self._chain(node.value)
        if target and not isinstance(node.ctx, ast.Load):
            self._patches.append((target, node.attr))
        if node.attr == "modules" and dynamics.last_name(node.value) == "sys":
            self._touches_modules = True
        self._facts.is_open |= dynamics.adds_names(node.attr, in_module=False)
        self._open_package_if(node.attr)
        self._todo.append(node.value)

    def visit_constant(self, node: ast.Constant) -> None:
        """Strings are kept: if the file writes to `sys.modules`, one may name a module."""
        if isinstance(node.value, str) and node.value.replace(".", "").isidentifier():
            self._strings.add(node.value)
        self._touches_modules |= node.value == "sys.modules"

    def _open_package_if(self, name: str) -> None:
        if dynamics.adds_modules(name):
            self._facts.is_open = self._facts.is_package_open = True

    def _chain(self, node: ast.expr) -> _Chain | None:
        attributes: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            attributes.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            return None
        return _Chain(inner.id, tuple(reversed(attributes)), self._frame.scope, node)


_VISITS: dict[type[ast.AST], Callable[[_Surveyor, Any], None]] = {
    ast.Import: _Surveyor.visit_import,
    ast.ImportFrom: _Surveyor.visit_import_from,
    ast.Name: _Surveyor.visit_name,
    ast.arg: _Surveyor.visit_binding,
    ast.ExceptHandler: _Surveyor.visit_binding,
    ast.MatchAs: _Surveyor.visit_binding,
    ast.MatchStar: _Surveyor.visit_binding,
    ast.MatchMapping: _Surveyor.visit_binding,
    ast.Global: _Surveyor.visit_global,
    ast.Nonlocal: _Surveyor.visit_global,
    ast.Assign: _Surveyor.visit_assignment,
    ast.AugAssign: _Surveyor.visit_assignment,
    ast.AnnAssign: _Surveyor.visit_assignment,
    ast.FunctionDef: _Surveyor.visit_function,
    ast.AsyncFunctionDef: _Surveyor.visit_function,
    ast.ClassDef: _Surveyor.visit_class,
    ast.Try: _Surveyor.visit_block,
    ast.TryStar: _Surveyor.visit_block,
    ast.With: _Surveyor.visit_block,
    ast.AsyncWith: _Surveyor.visit_block,
    ast.If: _Surveyor.visit_if,
    ast.Call: _Surveyor.visit_call,
    ast.Attribute: _Surveyor.visit_attribute,
    ast.Constant: _Surveyor.visit_constant,
}
