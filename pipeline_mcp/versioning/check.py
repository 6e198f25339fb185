"""Whether a project's version is in order, and what its users will notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline_mcp.versioning.changelog import section_of
from pipeline_mcp.versioning.compatibility import (
    Compatibility,
    compatibility,
    compatibility_document,
)
from pipeline_mcp.versioning.errors import AnalysisError
from pipeline_mcp.versioning.places import Place, Places, find_places
from pipeline_mcp.versioning.project import Project, last_release, open_project
from pipeline_mcp.versioning.release_checks import ReleaseOptions, check_release
from pipeline_mcp.versioning.release_steps import ReleaseChecks, release_document, test_results
from pipeline_mcp.versioning.scheme import Part, is_enough, is_semver, parsed, required, step
from pipeline_mcp.versioning.suggestion import Suggestion, suggest
from pipeline_mcp.versioning.trees import CommitTree
from pipeline_mcp.workspace.git import branch_of

_NO_TOOLS = "Not run by this command: `pipeline-mcp run` runs the tools and the gate."
_NO_TESTS = "Not run without --release, which runs the proof `tests` of pipeline.yaml."


class Verdict(StrEnum):
    """How a check ended; the words of a session."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tag of the version: its name, its commit if it exists, and the commits since."""

    name: str
    commit: str | None
    commits_since: int | None


@dataclass(frozen=True, slots=True)
class Logged:
    """The changelog: its path, whether it exists, has an entry, and unreleased text."""

    path: str
    exists: bool
    has_entry: bool
    date: str | None
    has_unreleased: bool


@dataclass(frozen=True, slots=True)
class VersionCheck:
    """Everything that was found; `problems` fail the check, `unknown` makes it incomplete."""

    project: Project
    branch: str | None
    tagged: Tagged | None
    logged: Logged
    compared: Compatibility | None
    suggestion: Suggestion
    released: ReleaseChecks | None
    problems: tuple[str, ...]
    unknown: tuple[str, ...]
    recommendations: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Incomplete never says passed; what is wrong already is wrong whatever is unknown."""
        if self.problems:
            return Verdict.FAILED
        return Verdict.INCOMPLETE if self.unknown else Verdict.PASSED


def check(
    directory: Path,
    base: str | None = None,
    *,
    release: ReleaseOptions | None = None,
    planned: str | None = None,
    seconds: float | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> VersionCheck:
    """Check the project in a resolved directory, with `base` also against that ref.

    `release` asks more: a tag that is free, a changelog entry, and that the package can be built,
    installed and used, and its tests pass. `planned` is the version that it is going to have, if
    that is another: then its tag and its entry are still to come.

    Raises:
        RefError: `base` does not exist.
        VersioningError: a file that describes the project cannot be read.
        ConfigurationError: `pipeline.yaml` has mistakes.
    """
    project = open_project(directory)
    compared, unknown = _compared(directory, base, seconds, is_wanted)
    suggestion = suggest(project, last_release(project), compared)
    tagged, logged = _tagged(project), _logged(project)
    problems = [*_of_places(project.places), *_of_step(project, compared, planned)]
    problems += _of_release(tagged, logged) if release and planned is None else []
    found = VersionCheck(
        project=project,
        branch=branch_of(directory),
        tagged=tagged,
        logged=logged,
        compared=compared,
        suggestion=suggestion,
        released=None,
        problems=tuple(problems),
        unknown=unknown,
        recommendations=tuple(_wishes(project, tagged, logged, suggestion)),
    )
    return found if release is None else _released(found, release, is_wanted)


def _released(
    found: VersionCheck, release: ReleaseOptions, is_wanted: Callable[[], bool]
) -> VersionCheck:
    released = check_release(found.project, release, is_wanted=is_wanted)
    return replace(
        found,
        released=released,
        problems=(*found.problems, *released.problems),
        unknown=(*found.unknown, *released.unknown),
    )


def _compared(
    directory: Path, base: str | None, seconds: float | None, is_wanted: Callable[[], bool]
) -> tuple[Compatibility | None, tuple[str, ...]]:
    """The difference to the base, and what is not known of it."""
    if base is None:
        return None, ()
    try:
        found = compatibility(directory, base, seconds=seconds, is_wanted=is_wanted)
    except AnalysisError as error:
        return None, (error.message,)
    return found, found.api.unread


def check_document(found: VersionCheck) -> dict[str, Any]:
    """The older system's keys, truthfully: what was not run is null or empty and said to be so."""
    places = found.project.places
    return {
        "version": found.project.version,
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "branch": found.branch,
        "overall_status": found.verdict.value,
        "problems": list(found.problems),
        "unknown": list(found.unknown),
        "places": [_place(each) for each in places.found],
        "agree": len(places.values) <= 1,
        "pep440": _is_valid(found.project, lambda text: parsed(text) is not None),
        "semver": _is_valid(found.project, is_semver),
        "from_tags": places.from_tags,
        "tag": _tag(found.tagged),
        "changelog": _log(found.logged),
        "quality_checks": {},
        "test_results": test_results(found.released),
        "not_run": _not_run(found),
        "compatibility": _compatibility(found),
        "release": release_document(found.released),
        "suggestion": found.suggestion.document(),
        "recommendations": list(found.recommendations),
    }


def _not_run(found: VersionCheck) -> dict[str, str]:
    tests = {} if found.released else {"test_results": _NO_TESTS}
    return {"quality_checks": _NO_TOOLS} | tests


def _compatibility(found: VersionCheck) -> dict[str, Any]:
    if found.compared is not None:
        return compatibility_document(found.compared)
    keys = ("breaking_changes", "api_changes", "template_changes", "upgrade_module_changes")
    return {**dict.fromkeys(keys), "compatible": None}


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "key": place.key, "value": place.value}


def _tag(tagged: Tagged | None) -> dict[str, Any] | None:
    if tagged is None:
        return None
    return {
        "name": tagged.name,
        "exists": tagged.commit is not None,
        "commit": tagged.commit,
        "commits_since": tagged.commits_since,
    }


def _log(logged: Logged) -> dict[str, Any]:
    return {
        "path": logged.path,
        "exists": logged.exists,
        "has_entry": logged.has_entry,
        "date": logged.date,
        "has_unreleased": logged.has_unreleased,
    }


def _is_valid(project: Project, judge: Callable[[str], bool]) -> bool | None:
    return None if project.version is None else judge(project.version)


def _tagged(project: Project) -> Tagged | None:
    history, version = project.history, project.version
    if history is None or version is None:
        return None
    name = project.tag_name(version)
    commit, head = history.tags().get(name), history.head()
    since = history.distance(commit, head) if commit and head else None
    return Tagged(name, commit, since)


def _logged(project: Project) -> Logged:
    text = project.changelog
    if text is None:
        return Logged(project.options.changelog, False, False, None, False)
    entry = section_of(text, project.version) if project.version else None
    unreleased = section_of(text, "unreleased")
    return Logged(
        path=project.options.changelog,
        exists=True,
        has_entry=entry is not None,
        date=entry.date if entry else None,
        has_unreleased=bool(unreleased and unreleased.body(text)),
    )


def _of_places(places: Places) -> list[str]:
    said = []
    if not places.found and places.from_tags is None:
        said.append("No version was found: neither in pyproject.toml, setup.cfg nor __version__.")
    if len(places.values) > 1:
        named = ", ".join(f"{each.path}:{each.line} says {each.value}" for each in places.found)
        said.append(f"The places do not agree: {named}.")
    invalid = [each for each in places.found if parsed(each.value) is None]
    said += [f"{each.path}:{each.line}: {each.value!r} is no PEP 440 version." for each in invalid]
    return said


def _of_step(project: Project, compared: Compatibility | None, planned: str | None) -> list[str]:
    """Whether the version has gone up as far as the difference to the base asks."""
    if compared is None or compared.is_compatible is not False or project.history is None:
        return []
    base_places = find_places(CommitTree(project.history, compared.base), project.options.places)
    old = parsed(base_places.values[0]) if base_places.values else None
    new = parsed(planned or project.version or "")
    number = len(compared.api.breaking) + sum(each.is_breaking for each in compared.promises)
    if old is None or new is None:
        return [f"{number} changes since {compared.base_ref} break users of the project."]
    wanted = required(Part.MAJOR, old)
    if is_enough(step(old, new), wanted):
        return []
    return [
        f"{number} changes since {compared.base_ref} break users of the project, which asks for "
        f"a {wanted} step from {old}; the version is {new}."
    ]


def _of_release(tagged: Tagged | None, logged: Logged) -> list[str]:
    said = []
    if tagged is not None and tagged.commit is not None and tagged.commits_since:
        said.append(f"The tag {tagged.name} exists already, {tagged.commits_since} commits ago.")
    if not logged.has_entry:
        said.append(f"{logged.path} has no entry for this version.")
    return said


def _wishes(
    project: Project, tagged: Tagged | None, logged: Logged, suggestion: Suggestion
) -> list[str]:
    said = list(project.places.notices)
    if suggestion.version is not None and suggestion.part is not None:
        why = "; ".join(suggestion.reasons)
        said.append(
            f"`pipeline-mcp version bump {suggestion.part}` makes it {suggestion.version}: {why}."
        )
    if tagged and tagged.commit and not logged.has_entry and logged.exists:
        said.append(f"{tagged.name} is released and {logged.path} has no entry for it.")
    if not logged.exists:
        said.append(f"There is no {logged.path}; `pipeline-mcp version changelog` drafts one.")
    if project.history is not None and project.history.is_shallow():
        said.append("The clone is shallow: older tags and commits are not known here.")
    return said
