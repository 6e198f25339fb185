"""A project whose version is kept: its settings, its files, its places and its history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from pipeline_mcp.config.repository import read_repository_file, with_repository
from pipeline_mcp.config.settings import settings
from pipeline_mcp.config.version_settings import VersionSettings
from pipeline_mcp.errors import ConfigurationError
from pipeline_mcp.versioning.history import History, history_of
from pipeline_mcp.versioning.places import Places, find_places
from pipeline_mcp.versioning.scheme import parsed
from pipeline_mcp.versioning.trees import WorkspaceTree, text_of


@dataclass(frozen=True, slots=True)
class LastRelease:
    """The newest tag of a version among the commits that HEAD comes from."""

    tag: str
    version: Version
    commit: str


@dataclass(frozen=True, slots=True)
class Project:
    """What is known before anything is compared; `history` is None outside of git."""

    directory: Path
    options: VersionSettings
    tree: WorkspaceTree
    places: Places
    history: History | None

    @property
    def version(self) -> str | None:
        """The version, as the first place writes it; None where there is no place."""
        return self.places.found[0].value if self.places.found else None

    @property
    def changelog(self) -> str | None:
        """The text of the changelog; None where there is none."""
        return text_of(self.tree, self.options.changelog)

    def tag_name(self, version: str) -> str:
        """What the tag of a version is called."""
        return self.options.tag.replace("{version}", version.removeprefix("v"))


def open_project(directory: Path) -> Project:
    """Read the project in a resolved directory.

    Raises:
        ConfigurationError: its `pipeline.yaml` has mistakes.
        VersioningError: a file that describes it cannot be read.
    """
    file = read_repository_file(directory, trusted=False)
    if file.problems:
        raise ConfigurationError(file.problems)
    options = with_repository(settings(), file).versioning
    tree = WorkspaceTree(directory)
    return Project(
        directory, options, tree, find_places(tree, options.places), history_of(directory)
    )


def last_release(project: Project) -> LastRelease | None:
    """The newest released version that HEAD comes from; None where nothing is tagged."""
    history = project.history
    head = history.head() if history else None
    if history is None or head is None:
        return None
    found = [
        LastRelease(tag, version, commit)
        for tag, commit in history.tags(merged=head).items()
        if (version := version_of_tag(tag, project.options.tag)) is not None
    ]
    return max(found, key=lambda release: release.version, default=None)


def version_of_tag(tag: str, pattern: str) -> Version | None:
    """The version in a tag's name; a pattern that is `v{version}` takes a plain version too."""
    before, _, after = pattern.partition("{version}")
    if tag.startswith(before) and tag.endswith(after):
        return parsed(tag[len(before) : len(tag) - len(after)])
    return parsed(tag) if pattern == "v{version}" else None
