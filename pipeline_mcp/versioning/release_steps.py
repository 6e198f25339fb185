"""What the checks of a release came to, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class StepOutcome(StrEnum):
    """How a step ended; `incomplete` is a step that could not run, or not to its end."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    SKIPPED = "skipped"


class StepName(StrEnum):
    """The steps in their order; each of the package needs those before it."""

    BUILD = "build"
    METADATA = "metadata"
    INSTALL = "install"
    IMPORT = "import"
    ENTRY_POINTS = "entry_points"
    TESTS = "tests"


PACKAGE_STEPS = tuple(name for name in StepName if name is not StepName.TESTS)
NOT_REACHED = "it was not reached"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it came to, what it has to say, and how many seconds it took."""

    name: StepName
    outcome: StepOutcome
    said: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that was built: its name, and the hash and size in bytes of its content."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ReleaseChecks:
    """All steps in their order, and what was built; `offline` if nothing was to be fetched."""

    steps: tuple[Step, ...]
    artifacts: tuple[Artifact, ...]
    offline: bool

    @property
    def problems(self) -> list[str]:
        """A sentence for each step that failed."""
        return [_sentence(each) for each in self.steps if each.outcome is StepOutcome.FAILED]

    @property
    def unknown(self) -> list[str]:
        """A sentence for each step that could not run, but by a step before it."""
        return [
            _sentence(each)
            for each in self.steps
            if each.outcome is StepOutcome.INCOMPLETE and each.said != NOT_REACHED
        ]

    def outcome(self, name: StepName) -> StepOutcome:
        """What the step came to."""
        return next(each.outcome for each in self.steps if each.name is name)


def release_document(found: ReleaseChecks | None) -> dict[str, Any] | None:
    """JSON-ready; None where no release was checked."""
    if found is None:
        return None
    return {
        "offline": found.offline,
        "steps": [
            {
                "name": each.name.value,
                "outcome": each.outcome.value,
                "detail": each.said,
                "seconds": round(each.seconds, 1),
            }
            for each in found.steps
        ],
        "artifacts": [
            {"name": each.name, "sha256": each.sha256, "size": each.size}
            for each in found.artifacts
        ],
    }


def test_results(found: ReleaseChecks | None) -> dict[str, bool]:
    """The older system's key: what the tests came to, and nothing where they did not end."""
    if found is None:
        return {}
    told = {
        StepOutcome.PASSED: {"tests": True},
        StepOutcome.FAILED: {"tests": False},
        StepOutcome.SKIPPED: {"skipped": True},
    }
    return told.get(found.outcome(StepName.TESTS), {})


def _sentence(step: Step) -> str:
    return f"{step.name.value.replace('_', ' ')}: {step.said}"
