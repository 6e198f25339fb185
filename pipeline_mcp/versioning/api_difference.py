"""What two versions of a package, both loaded by griffe, have different in their interface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import griffe

Member: TypeAlias = griffe.Object | griffe.Alias

# An annotation is no promise at run time, and griffe compares it by its text.
_IGNORED = (griffe.BreakageKind.RETURN_CHANGED_TYPE, griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE)
# A change of these changes how a function is called.
_CALLING = ("async", "staticmethod", "classmethod")
_TESTS = ("tests", "test", "conftest")
_UNRESOLVED = (griffe.AliasResolutionError, griffe.CyclicAliasError)


def differences(old: Member, new: Member) -> list[dict[str, Any]]:
    """One entry for each changed object, with all that changed in it; see `_entry`."""
    for root in (old, new):
        _publish(root)
    before, after = (dict(_public(root, root.path, frozenset())) for root in (old, new))
    reached = _reached(before) | _reached(after)
    changed: dict[str, list[tuple[Member, str]]] = {}
    for breakage in griffe.find_breaking_changes(old, new):
        if breakage.kind not in _IGNORED and not _is_renamed_only(breakage):
            path = reached.get(_path(breakage.obj), _path(breakage.obj))
            changed.setdefault(path, []).append((breakage.obj, _said(breakage)))
    for path, member in before.items():
        said = _called_otherwise(member, after[path]) if path in after else []
        changed.setdefault(path, []).extend((after[path], each) for each in said)
    entries = [_broken(path, rows, before, after) for path, rows in changed.items() if rows]
    added = [path for path in after if path not in before and path.rpartition(".")[0] in before]
    return entries + [
        _entry(path, ["added"], None, after[path], is_breaking=False) for path in added
    ]


def _publish(root: Member) -> None:
    """Tell griffe what is public here beyond its own rules, and what is not.

    Where a package has no `__all__`, what its `__init__` takes from the package itself is offered
    there. Tests inside of a package are not for its users.
    """
    for module in _modules(root):
        for name, member in module.members.items():
            if not member.is_alias and member.is_module and name in _TESTS:
                member.public = False
            elif member.is_alias and module.is_init_module and module.exports is None:
                inside = member.target_path.split(".")[0] == root.name  # type: ignore[union-attr]
                if inside and not name.startswith("_"):
                    member.public = True


def _modules(module: Member) -> Iterator[griffe.Module]:
    yield module  # type: ignore[misc]
    for member in list(module.members.values()):
        if not member.is_alias and member.is_module:
            yield from _modules(member)


def _public(owner: Member, path: str, seen: frozenset[str]) -> Iterator[tuple[str, Member]]:
    """All public objects from `owner` down, each under the path by which it is reached."""
    yield path, owner
    target = _target(owner)
    if target is None or target.path in seen or not (target.is_module or target.is_class):
        return
    if owner.is_alias and target.is_module:
        return  # it is told where it lies
    for name, member in target.members.items():
        if member.is_public:
            yield from _public(member, f"{path}.{name}", seen | {target.path})


def _reached(members: dict[str, Member]) -> dict[str, str]:
    """The public path of what is defined elsewhere, by the path where it is defined."""
    targets = ((path, _target(member)) for path, member in members.items())
    return {target.path: path for path, target in targets if target and target.path not in members}


def _target(member: Member) -> griffe.Object | None:
    """What an alias means at last; None where that is outside of the package."""
    try:
        return member.final_target if member.is_alias else member  # type: ignore[union-attr,return-value]
    except _UNRESOLVED:
        return None


def _called_otherwise(old: Member, new: Member) -> list[str]:
    before, after = _target(old), _target(new)
    if before is None or after is None or not (before.is_function and after.is_function):
        return []
    pairs = ((label, label in before.labels, label in after.labels) for label in _CALLING)
    return [
        f"it is {'now' if is_so else 'no longer'} {label}"
        for label, was_so, is_so in pairs
        if was_so is not is_so
    ]


def _is_renamed_only(breakage: griffe.Breakage) -> bool:
    """True for `*args` and `**options` under another name, which no caller can say."""
    if breakage.kind is not griffe.BreakageKind.PARAMETER_REMOVED:
        return False
    kind = breakage.old_value.kind
    is_variadic = kind in (griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword)
    now = breakage.obj.parameters  # type: ignore[attr-defined]
    return is_variadic and any(each.kind is kind for each in now)


def _said(breakage: griffe.Breakage) -> str:
    kind = breakage.kind
    parameter = breakage.old_value or breakage.new_value
    if kind.name.startswith("PARAMETER"):
        said = f"{kind.value.removeprefix('Positional ').lower()}: {parameter.name}"
        if kind is griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT:
            said += f" ({breakage.old_value.default} -> {breakage.new_value.default})"
        return said
    return kind.value.lower()


def _broken(
    path: str,
    rows: list[tuple[Member, str]],
    before: dict[str, Member],
    after: dict[str, Member],
) -> dict[str, Any]:
    """The reasons, each once; of a removed object the place is the old one."""
    reasons = list(Counter(said for _, said in rows))
    if griffe.BreakageKind.OBJECT_REMOVED.value.lower() in reasons:
        return _entry(path, ["removed"], before.get(path, rows[0][0]), None, is_breaking=True)
    new = after.get(path, rows[0][0])
    return _entry(path, reasons, before.get(path), new, is_breaking=True)


def _entry(
    path: str, reasons: list[str], old: Member | None, new: Member | None, *, is_breaking: bool
) -> dict[str, Any]:
    """`path` and `line` are where it is, or was before it was removed."""
    here = new if new is not None else old
    place = None if here is None else _target(here) or here.parent
    file = getattr(place, "filepath", None)
    return {
        "object": path,
        "reasons": reasons,
        "old": None if old is None else _signature(old),
        "new": None if new is None else _signature(new),
        "file": f"{file}" if file is not None and not isinstance(file, list) else None,
        "line": (place.lineno if place is not None else None) or 1,
        "is_breaking": is_breaking,
    }


def _signature(member: Member) -> str:
    """The object as its head is written."""
    target = _target(member)
    if target is None:
        return f"import {getattr(member, 'target_path', member.path)}"
    if isinstance(target, griffe.Function):
        lead = "async def " if "async" in target.labels else "def "
        return lead + target.signature()
    if isinstance(target, griffe.Class):
        return f"class {target.signature() or target.name}"
    if isinstance(target, griffe.Attribute):
        typed = f": {target.annotation}" if target.annotation is not None else ""
        valued = f" = {target.value}" if target.value is not None else ""
        return f"{target.name}{typed}{valued}"[:300]
    return f"{target.kind.value} {target.name}"


def _path(member: Member) -> str:
    return str(member.path)
