"""Build a project, install it where nothing else is, try it and test it: before its users do."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pipeline_mcp.config.repository import read_repository_file, with_repository
from pipeline_mcp.config.settings import settings
from pipeline_mcp.versioning.package_checks import PackageChecks, step
from pipeline_mcp.versioning.project import Project, last_release
from pipeline_mcp.versioning.release_steps import (
    NOT_REACHED,
    PACKAGE_STEPS,
    Artifact,
    ReleaseChecks,
    Step,
    StepName,
    StepOutcome,
)
from pipeline_mcp.versioning.workshop import Workshop, workshop

PROOF = "tests"
_UNTRUSTED = "it runs the project's code, and this workspace is not trusted (--trust)"
_NO_PROOF = f"pipeline.yaml has no proof `{PROOF}`, so nobody knows how to run them"
# What is made of tags is told the version, for a copy has no history.
_VERSION_VARIABLES = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION")


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """How a release is checked: `seconds` for all of it, None for no limit but those of tools."""

    trusted: bool
    skip_tests: bool = False
    skip_build: bool = False
    offline: bool = False
    seconds: float | None = None


def check_release(
    project: Project, options: ReleaseOptions, *, is_wanted: Callable[[], bool] = lambda: True
) -> ReleaseChecks:
    """Check a release of the project in throwaway copies: the workspace is not touched.

    Raises:
        ConfigurationError: its `pipeline.yaml` has mistakes.
        WorkspaceError: its files cannot be listed.
        ServiceError: the disk does not take the copies.
    """
    checking = _Checking(project, options, time.monotonic(), is_wanted)
    steps, artifacts = checking.package()
    return ReleaseChecks((*steps, checking.tests()), tuple(artifacts), options.offline)


@dataclass(frozen=True, slots=True)
class _Checking:
    project: Project
    options: ReleaseOptions
    began: float
    is_wanted: Callable[[], bool]

    def package(self) -> tuple[list[Step], list[Artifact]]:
        """The steps of the package, and what was built."""
        if self.options.skip_build:
            return [_skipped(name) for name in PACKAGE_STEPS], []
        if not self.options.trusted:
            return [_incomplete(StepName.BUILD, _UNTRUSTED), *_not_reached(1)], []
        with self._workshop() as shop:
            checks = PackageChecks(self.project, shop)
            checks.run()
        return [*checks.steps, *_not_reached(len(checks.steps))], checks.artifacts

    def tests(self) -> Step:
        """The workspace's own proof, in a copy in which nothing was built."""
        if self.options.skip_tests:
            return _skipped(StepName.TESTS)
        if not self.options.trusted:
            return _incomplete(StepName.TESTS, _UNTRUSTED)
        file = read_repository_file(self.project.directory, trusted=True)
        command = with_repository(settings(), file).proofs.get(PROOF)
        if not command:
            return _incomplete(StepName.TESTS, _NO_PROOF)
        with self._workshop() as shop:
            _, told = step(StepName.TESTS, lambda: _tested(shop, command))
        return told

    def _workshop(self) -> AbstractContextManager[Workshop]:
        seconds = self.options.seconds
        spent = time.monotonic() - self.began
        return workshop(
            self.project.directory,
            offline=self.options.offline,
            seconds=None if seconds is None else seconds - spent,
            variables=_told_version(self.project),
            is_wanted=self.is_wanted,
        )


def _tested(shop: Workshop, command: tuple[str, ...]) -> tuple[bool, str]:
    shop.succeed(command, cwd=shop.tree)
    return True, " ".join(command)


def _told_version(project: Project) -> dict[str, str]:
    release = last_release(project) if project.places.from_tags is not None else None
    return {} if release is None else dict.fromkeys(_VERSION_VARIABLES, f"{release.version}")


def _skipped(name: StepName) -> Step:
    return Step(name, StepOutcome.SKIPPED, "it was not wanted")


def _incomplete(name: StepName, said: str) -> Step:
    return Step(name, StepOutcome.INCOMPLETE, said)


def _not_reached(done: int) -> list[Step]:
    return [_incomplete(name, NOT_REACHED) for name in PACKAGE_STEPS[done:]]
