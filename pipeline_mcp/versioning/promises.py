"""What a project promises outside its code: Python versions, dependencies, entry points, extras."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from pipeline_mcp.versioning.documents import pyproject, setup_cfg, table, texts
from pipeline_mcp.versioning.trees import Tree

_SCRIPTS = "console_scripts"


@dataclass(frozen=True, slots=True)
class Promises:
    """`dependencies` by canonical name, with their bounds and markers as written.

    `extras` by name likewise; `entry_points` as `group:name` with what they call.
    """

    python: str = ""
    dependencies: dict[str, str] = field(default_factory=dict)
    extras: dict[str, dict[str, str]] = field(default_factory=dict)
    entry_points: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromiseChange:
    """One difference; `is_breaking` if who installs or calls the project may notice."""

    kind: str
    subject: str
    old: str | None
    new: str | None
    is_breaking: bool


def promises(tree: Tree) -> Promises:
    """By `pyproject.toml` (PEP 621, Poetry) or else `setup.cfg`; what only code says is unknown.

    Raises:
        VersioningError: one of the files cannot be read.
    """
    document = pyproject(tree)
    if project := table(document, "project"):
        return _of_project(project)
    if poetry := table(document, "tool", "poetry"):
        return _of_poetry(poetry)
    return _of_setup_cfg(setup_cfg(tree))


def changes(old: Promises, new: Promises) -> list[PromiseChange]:
    """All differences, those that break first."""
    found = _python(old.python, new.python)
    found += _mapped("entry_point", old.entry_points, new.entry_points)
    found += _dependencies("", old.dependencies, new.dependencies)
    for name in sorted(old.extras.keys() | new.extras.keys()):
        if name not in new.extras:
            found.append(PromiseChange("extra_removed", name, name, None, True))
        elif name not in old.extras:
            found.append(PromiseChange("extra_added", name, None, name, False))
        else:
            found += _dependencies(f"[{name}] ", old.extras[name], new.extras[name])
    return sorted(found, key=lambda change: not change.is_breaking)


def _of_project(project: dict[str, Any]) -> Promises:
    scripts = {_SCRIPTS: project.get("scripts"), "gui_scripts": project.get("gui-scripts")}
    groups = scripts | table(project, "entry-points")
    optional = table(project, "optional-dependencies")
    return Promises(
        python=f"{project.get('requires-python', '')}",
        dependencies=_requirements(texts(project.get("dependencies"))),
        extras={name: _requirements(texts(each)) for name, each in optional.items()},
        entry_points=_entry_points(groups),
    )


def _of_poetry(poetry: dict[str, Any]) -> Promises:
    bounds = {_name(name): _bound(each) for name, each in _rows(poetry)}
    extras = {
        name: {_name(each): bounds.get(_name(each), "") for each in names}
        for name, names in ((k, texts(v)) for k, v in table(poetry, "extras").items())
    }
    groups = {_SCRIPTS: table(poetry, "scripts")} | table(poetry, "plugins")
    return Promises(bounds.pop("python", ""), bounds, extras, _entry_points(groups))


def _rows(poetry: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(table(poetry, "dependencies").items())


def _name(written: str) -> str:
    return str(canonicalize_name(written))


def _bound(written: Any) -> str:
    if isinstance(written, dict):
        return f"{written.get('version', '')}"
    return written if isinstance(written, str) else ""


def _of_setup_cfg(document: dict[str, Any]) -> Promises:
    options = table(document, "options")
    groups = {}
    for name, lines in table(document, "options.entry_points").items():
        pairs = (line.partition("=") for line in texts(lines))
        groups[name] = {key.strip(): target.strip() for key, _, target in pairs}
    extras = table(document, "options.extras_require")
    return Promises(
        python=f"{options.get('python_requires', '')}",
        dependencies=_requirements(texts(options.get("install_requires"))),
        extras={name: _requirements(texts(each)) for name, each in extras.items()},
        entry_points=_entry_points(groups),
    )


def _entry_points(groups: dict[str, Any]) -> dict[str, str]:
    return {
        f"{group}:{name}": f"{target}"
        for group, entries in groups.items()
        for name, target in table(entries).items()
    }


def _requirements(written: list[str]) -> dict[str, str]:
    """By canonical name; several lines of one name, with markers apart, stand together."""
    found: dict[str, list[str]] = {}
    for line in written:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            found.setdefault(line, []).append("")
            continue
        marker = f"; {requirement.marker}" if requirement.marker else ""
        bound = requirement.url or f"{requirement.specifier}"
        found.setdefault(_name(requirement.name), []).append(f"{bound}{marker}")
    return {name: " | ".join(sorted(bounds)) for name, bounds in found.items()}


def _python(old: str, new: str) -> list[PromiseChange]:
    if _set(old) == _set(new):
        return []
    lost = [minor for minor in _MINORS if _allows(old, minor) and not _allows(new, minor)]
    kind = "python_narrowed" if lost else "python_changed"
    return [PromiseChange(kind, "requires-python", old or None, new or None, bool(lost))]


# Whole releases of Python, each with a late micro release: `>=3.11.4` still allows 3.11.
_MINORS = [f"{major}.{minor}.99" for major, most in ((2, 8), (3, 40)) for minor in range(most)]


def _set(bound: str) -> SpecifierSet | str:
    try:
        return SpecifierSet(bound)
    except InvalidSpecifier:
        return bound


def _allows(bound: str, version: str) -> bool:
    """Poetry's `^3.11` means `>=3.11,<4`; what nobody understands allows all."""
    specifiers = _set(f">={bound[1:]},<4" if bound.startswith("^") else bound)
    return specifiers.contains(version) if isinstance(specifiers, SpecifierSet) else True


def _mapped(kind: str, old: dict[str, str], new: dict[str, str]) -> list[PromiseChange]:
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if after is None:
            found.append(PromiseChange(f"{kind}_removed", name, before, None, True))
        elif before is None:
            found.append(PromiseChange(f"{kind}_added", name, None, after, False))
        elif before != after:
            found.append(PromiseChange(f"{kind}_changed", name, before, after, False))
    return found


def _dependencies(where: str, old: dict[str, str], new: dict[str, str]) -> list[PromiseChange]:
    """A dependency breaks nobody's calls: what changes is what can be installed beside it."""
    found = []
    for change in _mapped("dependency", old, new):
        old_bound, new_bound = (
            None if each is None else each or "*" for each in (change.old, change.new)
        )
        found.append(
            PromiseChange(change.kind, where + change.subject, old_bound, new_bound, False)
        )
    return found
