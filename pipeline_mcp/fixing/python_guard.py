"""What a fix of a Python file must not do to it."""

from __future__ import annotations

import ast
import copy
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from enum import StrEnum


class Meaning(StrEnum):
    """How much of a Python program a fixer may change."""

    ANY = "any"  # its fixes are about the program
    IMPORT_ORDER = "import_order"
    DOCUMENTATION = "documentation"  # comments and docstrings alone
    LAYOUT = "layout"  # not even the words of docstrings


_SUPPRESSION = re.compile(
    rb"#[^\n]*?\b(noqa|type:\s*ignore|pylint:\s*disable|nosec|pragma:\s*no\s*cover|"
    rb"fmt:\s*(?:off|skip)|isort:\s*skip|pyright:\s*ignore|mypy:\s*ignore)",
    re.IGNORECASE,
)


def suppressions(content: bytes) -> int:
    """How many comments in it tell a tool to look away."""
    return len(_SUPPRESSION.findall(content))


def objection(old: bytes, new: bytes, meaning: Meaning) -> str | None:
    """Why `new` must not take the place of `old`, in one clause; None if it may."""
    if _encoding(old) != _encoding(new):
        return "it would change the declared encoding"
    before = _tree(old)
    if before is None:
        return "the file does not parse here, so nothing about it can be checked"
    after = _tree(new)
    if after is None:
        return "the file would not compile any more"
    if meaning is not Meaning.ANY and _picture(before, meaning) != _picture(after, meaning):
        return "it would change more of the program than its kind of fix may"
    return None


def _encoding(content: bytes) -> str | None:
    try:
        return tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except SyntaxError:
        return None


def _tree(content: bytes) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(content)
            compile(content, "<fixed>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return tree


def _picture(tree: ast.Module, meaning: Meaning) -> object:
    """What of the program must stay; two pictures compare equal if it did."""
    try:
        if meaning is Meaning.IMPORT_ORDER:
            return _without_imports(tree)
        words = meaning is Meaning.LAYOUT
        return ast.dump(_Docstrings(words).visit(copy.deepcopy(tree)))
    except RecursionError:
        return object()  # equal to nothing: what cannot be compared is not changed


class _Docstrings(ast.NodeTransformer):
    """Lets strings that stand alone count for their words, or for nothing."""

    def __init__(self, words: bool) -> None:
        self._words = words

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A string that nothing reads but documentation."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = " ".join(node.value.value.split()) if self._words else ""
            return node
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A formatter may write `u"a"` as `"a"`."""
        node.kind = None
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        """A formatter may drop the parentheses of `del (a, b)`."""
        targets: list[ast.expr] = []
        for target in node.targets:
            targets += target.elts if isinstance(target, ast.Tuple) else [target]
        node.targets = targets
        return self.generic_visit(node)


def _without_imports(tree: ast.Module) -> tuple[frozenset[str], str]:
    """Which names are imported from where, and the program without its imports."""
    imported = frozenset(_imported(tree))
    return imported, ast.dump(_Imports().visit(copy.deepcopy(tree)))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name} as {alias.asname}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = f"{'.' * node.level}{node.module or ''}"
            yield from (f"from {source} import {one.name} as {one.asname}" for one in node.names)


class _Imports(ast.NodeTransformer):
    """Takes all imports out."""

    def visit_Import(self, node: ast.Import) -> None:
        """Out."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Out."""
