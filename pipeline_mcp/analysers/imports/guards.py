"""What makes an import or a call optional: it may fail, and the code is ready for that."""

from __future__ import annotations

import ast

_CAUGHT = frozenset(
    {
        "ImportError",
        "ModuleNotFoundError",
        "AttributeError",
        "NameError",
        "Exception",
        "BaseException",
    }
)
_PLATFORM_MODULES = frozenset({"sys", "os", "platform", "importlib"})
_SKIP_WORDS = ("skip", "xfail", "require", "only_if", "exclude")


def expects_failure(node: ast.Try | ast.With | ast.AsyncWith) -> bool:
    """True if the block catches, suppresses or even demands the failure of an import."""
    if isinstance(node, ast.With | ast.AsyncWith):
        return any(_names_failure(item.context_expr) for item in node.items)
    return any(handler.type is None or _names_failure(handler.type) for handler in node.handlers)


def is_conditional(test: ast.expr) -> bool:
    """True if the outcome hangs on the platform, on a version or on a flag (a name in capitals).

    What `TYPE_CHECKING` guards never runs, and is the business of type checkers.
    """
    for node in ast.walk(test):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) if name in _PLATFORM_MODULES:
                return True
            case ast.Name(id=name) | ast.Attribute(attr=name):
                if name.isupper():
                    return True
            case ast.Constant(value=False | 0):
                return True
    return False


def may_be_skipped(decorators: list[ast.expr]) -> bool:
    """True for a test that does not run everywhere."""
    return any(
        word in name.lower()
        for decorator in decorators
        for name in _all_names(decorator)
        for word in _SKIP_WORDS
    )


def _names_failure(node: ast.expr) -> bool:
    return not _CAUGHT.isdisjoint(_all_names(node))


def _all_names(node: ast.expr) -> list[str]:
    return [
        str(getattr(part, "id", getattr(part, "attr", "")))
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute)
    ]
