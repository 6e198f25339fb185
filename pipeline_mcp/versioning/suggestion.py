"""Which step the version should make, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline_mcp.versioning.compatibility import Compatibility
from pipeline_mcp.versioning.conventional import Change, asked_step, changes_of
from pipeline_mcp.versioning.project import LastRelease, Project
from pipeline_mcp.versioning.scheme import Part, bumped, is_enough, largest, parsed, required, step


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The step and the version after it; both None where nothing asks for one.

    `commits` and `unconventional` count those since `since`, a tag or None for all.
    """

    part: Part | None
    version: str | None
    reasons: tuple[str, ...]
    since: str | None
    commits: int
    unconventional: int

    def document(self) -> dict[str, Any]:
        """As it is told in JSON."""
        return {
            "bump": self.part.value if self.part else None,
            "version": self.version,
            "reasons": list(self.reasons),
            "since": self.since,
            "commits": self.commits,
            "unconventional_commits": self.unconventional,
        }


def changes_since(project: Project, release: LastRelease | None) -> tuple[list[Change], int]:
    """What the commits since the release say, newest first, and how many commits there are."""
    history = project.history
    head = history.head() if history else None
    if history is None or head is None:
        return [], 0
    commits = history.commits(release.commit if release else None, head)
    return changes_of(commits), len(commits)


def suggest(
    project: Project, release: LastRelease | None, compared: Compatibility | None
) -> Suggestion:
    """By the conventional commits since the release, and by the difference where it is known."""
    changes, number = changes_since(project, release)
    by_commits = asked_step(changes)
    by_api = compared.asked_step if compared else None
    reasons = []
    if by_api is not None and compared is not None:
        reasons.append(f"the difference to {compared.base_ref} asks for a {by_api} step")
    if by_commits is not None:
        reasons.append(f"the commits since {_named(release)} ask for a {by_commits} step")
    part = largest([each for each in (by_api, by_commits) if each is not None])
    version = parsed(project.version or "")
    if part is not None and version is not None and required(part, version) is not part:
        part = required(part, version)
        reasons.append(f"before 1.0.0 a change that breaks is a {part} step")
    after, said = _after(project, release, part)
    return Suggestion(
        part=part if after else None,
        version=after,
        reasons=(*reasons, *said),
        since=release.tag if release else None,
        commits=number,
        unconventional=number - len(changes),
    )


def _after(
    project: Project, release: LastRelease | None, part: Part | None
) -> tuple[str | None, list[str]]:
    """The version after the step, or why there is none: it may have been made already."""
    written = project.version or ""
    version = parsed(written)
    if part is None or version is None:
        return None, []
    if release is None or version <= release.version:
        return bumped(written, part), []
    if is_enough(step(release.version, version), part):
        return None, [f"{written} is such a step after {release.tag} already"]
    return bumped(f"{release.version}", part), []


def _named(release: LastRelease | None) -> str:
    return release.tag if release else "the beginning"
