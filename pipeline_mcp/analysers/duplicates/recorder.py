"""Turns a module's tree into its tape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.analysers.duplicates.tape import Definition, Tape

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores", "type_params"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    # `_definition` puts the rest of these in front.
    ast.FunctionDef: ("args", "body"),
    ast.AsyncFunctionDef: ("args", "body"),
    ast.ClassDef: ("decorator_list", "bases", "keywords", "body"),
}
# Most nodes are expressions of which nothing need be noted: the fields of these, last one first.
_PLAIN_KINDS: set[type[ast.AST]] = {
    *ast.expr.__subclasses__(),
    ast.keyword,
    ast.arguments,
    ast.comprehension,
}
_PLAIN = {
    kind: tuple(reversed([name for name in kind._fields if name not in _LEFT_OUT]))
    for kind in _PLAIN_KINDS - {ast.Name, ast.Constant}
}


@dataclass(frozen=True, slots=True)
class _Mark:
    """Lies on the stack where `places[node]` becomes the number of tokens so far."""

    places: dict[ast.AST, int]
    node: ast.AST


def record(tree: ast.Module) -> Tape:
    """The tape of a module; a stack instead of recursion, so that no code is nested too deeply."""
    tape = Tape()
    tokens = tape.tokens
    stack: list[Any] = [tree]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind in _PLAIN:
            tokens.append(kind)
            stack += [getattr(item, name) for name in _PLAIN[kind]]
        elif kind is ast.Name:
            _note_name(tape, kind, item.id, is_stored=type(item.ctx) is not ast.Load)
        elif kind is ast.Constant:
            # 1, 1.0 and True are equal to Python, yet not the same code.
            tokens += (kind, type(item.value), item.value)
        elif kind is list:
            tokens.append(len(item))
            stack += reversed(item)
        elif kind is _Mark:
            item.places[item.node] = len(tokens)
        elif kind is ast.arg:
            _note_name(tape, kind, item.arg, is_stored=True)
        elif isinstance(item, ast.AST):
            tokens.append(kind)
            stack += reversed([*_parts(tape, item)])
        else:
            tokens.append(item)
    return tape


def _note_name(tape: Tape, kind: type[ast.AST], name: str, *, is_stored: bool) -> None:
    tape.names.append(len(tape.tokens) + 1)
    if is_stored:
        tape.stored.append(len(tape.tokens) + 1)
    tape.tokens += (kind, name)


def _parts(tape: Tape, node: ast.AST) -> Iterator[Any]:
    """Everything that belongs to a node, in the order of the tape."""
    if isinstance(node, ast.stmt):
        place = len(tape.tokens) - 1
        tape.starts[node] = place
        tape.statements.append(place)
        if isinstance(node, ast.Global | ast.Nonlocal):
            tape.foreign.append(place)
    if isinstance(node, Definition):
        yield from _definition(tape, node)
    for name in _FIELDS.get(type(node)) or _learn(type(node)):
        part = getattr(node, name, None)
        if type(part) is list and part and isinstance(part[0], ast.stmt):
            part = [statement for statement in part if _acts(statement)]
            tape.bodies.append(part)
        yield part
    if isinstance(node, ast.stmt):
        yield _Mark(tape.ends, node)


def _definition(tape: Tape, node: Definition) -> Iterator[Any]:
    tape.definitions.append(node)
    yield node.name
    if not isinstance(node, ast.ClassDef):
        # A copy under another decorator, say a route, is a copy; a class is what its own make it.
        yield node.decorator_list
    yield _Mark(tape.cores, node)
    yield type(node)


def _learn(kind: type[ast.AST]) -> tuple[str, ...]:
    fields = tuple(name for name in kind._fields if name not in _LEFT_OUT)
    _FIELDS[kind] = fields
    return fields


def _acts(statement: ast.stmt) -> bool:
    """False for strings that stand alone and for signatures that only type checkers read."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return not any(_last_name(each) == "overload" for each in statement.decorator_list)
    return True


def _last_name(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))
