"""The signs that a module has names or submodules which its text does not show."""

from __future__ import annotations

import ast
import re

_ADDS_NAMES = frozenset({"globals", "exec", "global_enum", "_convert_"})
# Elsewhere these speak of a function's variables or of an object.
_ADDS_NAMES_IN_MODULE = frozenset({"locals", "vars"})
_ADDS_MODULES = frozenset(
    {"__path__", "extend_path", "declare_namespace", "meta_path", "path_hooks"}
)
_PROBES = frozenset(
    {"hasattr", "getattr", "find_spec", "import_module", "importorskip", "__import__", "try_import"}
)
_TAKES_OVER = re.compile("lazy|module|attach|export|deprecat|register", re.IGNORECASE)
_IGNORED_LINE = re.compile(
    r"#.*(type:\s*ignore(?!\[)|type:\s*ignore\[[^]]*(?:import|attr-defined)|pyright:\s*ignore"
    r"|pylint:\s*disable=.*(?:import-error|no-name-in-module|E0401|E0611|no-member|E1101))"
)


def adds_names(name: str, *, in_module: bool) -> bool:
    """True if the use of `name` may give the module names of which nothing can be known."""
    return name in _ADDS_NAMES or (in_module and name in _ADDS_NAMES_IN_MODULE)


def adds_modules(name: str) -> bool:
    """True if the use of `name` may give the package submodules from elsewhere."""
    return name in _ADDS_MODULES


def hands_over_module(call: ast.Call) -> bool:
    """True for a call such as `lazy.attach(__name__, …)`, which may replace the module."""
    passes_name = any(isinstance(part, ast.Name) and part.id == "__name__" for part in call.args)
    return passes_name and bool(_TAKES_OVER.search(last_name(call.func)))


def probed_strings(call: ast.Call) -> list[str]:
    """What a call asks for that may be missing: the strings in `hasattr(module, "name")`."""
    if last_name(call.func) not in _PROBES:
        return []
    return strings(*call.args)


def is_excused(line: str) -> bool:
    """True if a comment tells another checker that this import or name cannot be seen."""
    return bool(_IGNORED_LINE.search(line))


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, `a` of `a`, else nothing."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def strings(*nodes: ast.AST) -> list[str]:
    """All literal strings in the nodes, however deep."""
    return [
        part.value
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
