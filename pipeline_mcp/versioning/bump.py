"""The next version in all places, with its entry in the changelog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline_mcp.errors import ExitCode
from pipeline_mcp.versioning import changelog
from pipeline_mcp.versioning.compatibility import compatibility
from pipeline_mcp.versioning.edits import FileEdit
from pipeline_mcp.versioning.errors import AnalysisError, VersioningError
from pipeline_mcp.versioning.places import Place
from pipeline_mcp.versioning.project import Project, last_release, open_project
from pipeline_mcp.versioning.scheme import Part, bumped, parsed
from pipeline_mcp.versioning.suggestion import changes_since, suggest
from pipeline_mcp.versioning.trees import text_of


class NothingToBumpError(VersioningError):
    """Nothing asks for a new version: no mistake, and nothing to do."""

    exit_code = ExitCode.PASSED


@dataclass(frozen=True, slots=True)
class Bump:
    """From the old version to the new one, by these edits; `reasons` say why, for `auto`."""

    project: Project
    old: str
    new: str
    edits: tuple[FileEdit, ...]
    reasons: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """What the tag of the new version is called."""
        return self.project.tag_name(self.new)

    def diff(self) -> str:
        """All edits as one diff."""
        return "".join(edit.diff() for edit in self.edits)


def plan_bump(
    directory: Path,
    part: Part | None,
    *,
    to: str | None = None,
    pre: str | None = None,
    with_changelog: bool = True,
) -> Bump:
    """What a step would change; `to` names the version itself, without both the step is found out.

    Raises:
        NothingToBumpError: neither the commits nor the interface ask for a new version.
        AnalysisError: the interface could not be compared, so the step is unknown.
        VersioningError: there is no version, the places do not agree, or there is an entry.
    """
    project = open_project(directory)
    old = _current(project, is_set=to is not None)
    reasons: tuple[str, ...] = ()
    if to is not None and parsed(to) is None:
        raise VersioningError(f"--to {to!r} is no version of PEP 440.")
    if to is None and part is None:
        part, reasons = _asked(project)
    new = to or bumped(old, part or Part.PATCH, pre=pre)
    edits = _place_edits(project, part, to, pre)
    if with_changelog:
        edits.append(_changelog_edit(project, new))
    return Bump(project, old, new, tuple(edits), reasons)


def draft_entry(directory: Path) -> str:
    """The entry that the conventional commits since the last release make; may be empty."""
    project = open_project(directory)
    changes, _ = changes_since(project, last_release(project))
    return changelog.drafted(changes)


def _current(project: Project, *, is_set: bool) -> str:
    values = project.places.values
    if not values and project.places.from_tags is not None:
        release = last_release(project)
        return f"{release.version}" if release else "0.0.0"
    if not values:
        raise VersioningError(
            f"No version was found in {project.directory}.",
            next_step="Write one into pyproject.toml, or name its place in versioning.places.",
        )
    if len(values) > 1 and not is_set:
        places = ", ".join(
            f"{each.path}:{each.line} ({each.value})" for each in project.places.found
        )
        raise VersioningError(
            f"The places of the version do not agree: {places}.",
            next_step="`pipeline-mcp version bump --to VERSION` makes them all the same.",
        )
    return values[0]


def _asked(project: Project) -> tuple[Part, tuple[str, ...]]:
    release = last_release(project)
    compared = compatibility(project.directory, release.tag) if release else None
    if compared is not None and compared.is_compatible is None:
        raise AnalysisError(
            f"The step is unknown, because not all could be read: {compared.api.unread[0]}",
            next_step="Name the step: major, minor or patch.",
        )
    found = suggest(project, release, compared)
    if found.part is None:
        since = f"since {release.tag} " if release else ""
        why = f": {'; '.join(found.reasons)}" if found.reasons else ""
        raise NothingToBumpError(f"Nothing {since}asks for a new version{why}.")
    return found.part, found.reasons


def _place_edits(
    project: Project, part: Part | None, to: str | None, pre: str | None
) -> list[FileEdit]:
    by_path: dict[str, list[Place]] = {}
    for place in project.places.found:
        by_path.setdefault(place.path, []).append(place)
    edits = []
    for path, places in by_path.items():
        text = text_of(project.tree, path) or ""
        changed = text
        for place in sorted(places, key=lambda each: each.span.start, reverse=True):
            value = to or bumped(place.value, part or Part.PATCH, pre=pre)
            changed = changed[: place.span.start] + value + changed[place.span.end :]
        if changed != text:
            edits.append(FileEdit(path, text.encode(), changed.encode()))
    return edits


def _changelog_edit(project: Project, version: str) -> FileEdit:
    path = project.options.changelog
    date = datetime.now(UTC).date().isoformat()
    changes, _ = changes_since(project, last_release(project))
    draft = changelog.drafted(changes)
    plain = version.removeprefix("v")
    text = project.changelog
    if text is None:
        if path in project.tree.contents([path]):
            raise VersioningError(f"{path} is not UTF-8, so no entry can be written into it.")
        return FileEdit(path, None, changelog.started(plain, date, draft).encode())
    tag = project.tag_name(version)
    after = changelog.released(text, plain, date, draft, tag=tag)
    return FileEdit(path, text.encode(), after.encode())
