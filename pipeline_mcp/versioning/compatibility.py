"""What changed for the users of a project between a base and now."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_mcp.versioning.api import ApiChange, ApiDifference, compare
from pipeline_mcp.versioning.history import expect_history
from pipeline_mcp.versioning.promises import PromiseChange, changes, promises
from pipeline_mcp.versioning.scheme import Part
from pipeline_mcp.versioning.trees import CommitTree, Tree, WorkspaceTree

# What is filled in when something is made of it, and what moves an installation to a new version.
_TEMPLATES: tuple[str, ...] = (
    "*.j2",
    "*.jinja",
    "*.jinja2",
    "*.tmpl",
    "*.tpl",
    "*.mako",
    "*/templates/*",
)
_TEMPLATES += ("templates/*", "*.cookiecutter/*")
_UPGRADES: tuple[str, ...] = (
    "*/migrations/*.py",
    "migrations/*.py",
    "*/alembic/versions/*.py",
    "*upgrade*.py",
)
_UPGRADES += ("alembic/versions/*.py", "*/upgrades/*.py", "upgrades/*.py")


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Everything that differs; `base` and `head` are commits, `head` None for the work tree.

    `is_compatible` is None where something could not be read and nothing else breaks.
    """

    base_ref: str
    base: str
    head: str | None
    api: ApiDifference
    promises: tuple[PromiseChange, ...]
    template_changes: tuple[str, ...]
    upgrade_module_changes: tuple[str, ...]

    @property
    def is_compatible(self) -> bool | None:
        """False if something breaks, True only if all was read and nothing does."""
        if self.api.breaking or any(change.is_breaking for change in self.promises):
            return False
        return None if self.api.unread else True

    @property
    def asked_step(self) -> Part | None:
        """The step that the difference asks for; None if nothing that users see has changed."""
        if self.is_compatible is False:
            return Part.MAJOR
        added = [*self.api.changes, *(each for each in self.promises if each.old is None)]
        return Part.MINOR if added else Part.PATCH if self.promises else None


def compatibility(
    project: Path,
    base: str,
    head: str | None = None,
    *,
    seconds: float | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Compatibility:
    """Compare the project at `base` with `head`, or with what lies in the workspace.

    Raises:
        RefError: a ref does not exist, or there is no git: that is never "compatible".
        AnalysisError: the interface could not be compared to its end.
        VersioningError: a file that describes the project cannot be read.
    """
    history = expect_history(project)
    old_commit = history.resolve(base)
    new_commit = None if head is None else history.resolve(head)
    old = CommitTree(history, old_commit)
    new: Tree = WorkspaceTree(project) if new_commit is None else CommitTree(history, new_commit)
    return Compatibility(
        base_ref=base,
        base=old_commit,
        head=new_commit,
        api=compare(old, new, seconds=seconds, is_wanted=is_wanted),
        promises=tuple(changes(promises(old), promises(new))),
        template_changes=_changed(old, new, _TEMPLATES),
        upgrade_module_changes=_changed(old, new, _UPGRADES),
    )


def compatibility_document(found: Compatibility) -> dict[str, Any]:
    """The older system's keys, and `base`, `promises` and `unread` besides."""
    breaking = [*map(api_document, found.api.breaking), *map(_promise, _breaking(found))]
    return {
        "base": {"ref": found.base_ref, "commit": found.base},
        "head": found.head or "workspace",
        "breaking_changes": breaking,
        "api_changes": [api_document(each) for each in found.api.changes],
        "promises": [_promise(each) for each in found.promises],
        "template_changes": list(found.template_changes),
        "upgrade_module_changes": list(found.upgrade_module_changes),
        "packages": list(found.api.packages),
        "unread": list(found.api.unread),
        "compatible": found.is_compatible,
    }


def api_document(change: ApiChange) -> dict[str, Any]:
    """One changed object."""
    return {
        "kind": "api",
        "object": change.object,
        "reasons": list(change.reasons),
        "old": change.old,
        "new": change.new,
        "path": change.path,
        "line": change.line,
        "breaking": change.is_breaking,
    }


def _promise(change: PromiseChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "object": change.subject,
        "old": change.old,
        "new": change.new,
        "breaking": change.is_breaking,
    }


def _breaking(found: Compatibility) -> list[PromiseChange]:
    return [change for change in found.promises if change.is_breaking]


def _changed(old: Tree, new: Tree, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Files of the patterns that differ; git is not asked, because it would run filters."""
    paths = {
        path
        for path in (*old.paths(), *new.paths())
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
    }
    before, after = old.contents(paths), new.contents(paths)
    return tuple(sorted(path for path in paths if before.get(path) != after.get(path)))
