"""The steps of a package: build it, read it, install it, import it, start it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pipeline_mcp.versioning.artifacts import Distribution, artifact, distribution, importable
from pipeline_mcp.versioning.installing import Installed, Loading, console_scripts, install
from pipeline_mcp.versioning.project import Project
from pipeline_mcp.versioning.release_steps import Artifact, Step, StepName, StepOutcome
from pipeline_mcp.versioning.scheme import parsed
from pipeline_mcp.versioning.workshop import StepError, Workshop, failed

Made = TypeVar("Made")


def step(name: StepName, work: Callable[[], tuple[Made, str]]) -> tuple[Made | None, Step]:
    """Do the work, which makes something and says something, and tell how it went."""
    began = time.monotonic()
    try:
        made, said = work()
    except StepError as error:
        return None, Step(name, error.outcome, error.said, time.monotonic() - began)
    return made, Step(name, StepOutcome.PASSED, said, time.monotonic() - began)


@dataclass(slots=True)
class PackageChecks:
    """The checks of one project in one workshop; `steps` and `artifacts` grow."""

    project: Project
    shop: Workshop
    steps: list[Step] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)

    def run(self) -> None:
        """Do the steps as far as each allows the next."""
        built = self._step(StepName.BUILD, self._build)
        wheel = built and self._step(StepName.METADATA, lambda: self._metadata(built))
        installed = wheel and self._step(StepName.INSTALL, lambda: self._install(wheel))
        loading = installed and self._step(StepName.IMPORT, lambda: self._imports(installed))
        if installed and loading:
            self._step(StepName.ENTRY_POINTS, lambda: self._entry_points(installed, loading))

    def _step(self, name: StepName, work: Callable[[], tuple[Made, str]]) -> Made | None:
        made, told = step(name, work)
        self.steps.append(told)
        return made

    def _build(self) -> tuple[list[Path], str]:
        """The sdist, and the wheel from the sdist: so nothing can be missing there."""
        command: list[str | Path] = [sys.executable, "-P", "-m", "build", "--outdir"]
        command += [self.shop.built, *(["--no-isolation"] if self.shop.offline else [])]
        self.shop.succeed([*command, self.shop.tree], cwd=self.shop.tree)
        files = sorted(self.shop.built.iterdir())
        self.artifacts += map(artifact, files)
        names = [file.name for file in files]
        kinds = [sum(name.endswith(end) for name in names) for end in (".tar.gz", ".whl")]
        if kinds != [1, 1]:
            raise failed(f"it made {', '.join(names) or 'nothing'}, not one sdist and one wheel")
        how = "with what is installed here" if self.shop.offline else "isolated, over the network"
        left_out = "".join(f"; without {each}" for each in self.shop.left_out)
        return files, f"{', '.join(names)} ({how}){left_out}"

    def _metadata(self, files: Sequence[Path]) -> tuple[Distribution, str]:
        sdist, wheel = sorted(map(distribution, files), key=lambda each: each.file.suffix == ".whl")
        if (sdist.name, sdist.version) != (wheel.name, wheel.version):
            raise failed(f"{sdist.file.name} and {wheel.file.name} are not of one version")
        for place in self.project.places.found:
            if parsed(place.value) != wheel.version:
                where = f"{place.path}:{place.line}"
                raise failed(f"the wheel is {wheel.version}, and {where} says {place.value}")
        if not importable(wheel.file):
            raise failed("there is nothing to import in the wheel")
        hint = "" if wheel.description else "; it has no description"
        return wheel, f"{wheel.name} {wheel.version}{hint}"

    def _install(self, wheel: Distribution) -> tuple[Installed, str]:
        return install(self.shop, wheel), "with its dependencies, into an empty environment"

    def _imports(self, installed: Installed) -> tuple[Loading, str]:
        names = importable(installed.wheel.file)
        loading = installed.loading(names)
        _expect_good(loading.imports())
        return loading, ", ".join(names)

    def _entry_points(self, installed: Installed, loading: Loading) -> tuple[bool, str]:
        _expect_good(loading.entry_points())
        said = [installed.help_of(script) for script in console_scripts(loading)]
        number = f"{len(loading.entry_points())} loaded"
        return True, "; ".join([number, *(each for each in said if each)])


def _expect_good(tried: Sequence[tuple[str, str | None]]) -> None:
    wrong = [f"{what}: {error}" for what, error in tried if error is not None]
    if wrong:
        raise failed("; ".join(wrong))
