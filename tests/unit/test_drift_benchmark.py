"""How the drift benchmark follows a finding from commit to commit, and what it counts."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fixtures.git import RepositoryFactory

from pipeline_mcp.domain.finding import Finding, Severity

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FUNCTION = "def check(value):\n    limit = value + 12345\n    assert limit\n    return limit * 2\n"


@pytest.fixture
def drifting(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The package, whose modules are imported as the benchmark does it."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    for name in ("comparing", "tracking", "scoring", "chain"):
        importlib.import_module(f"drifting.{name}")
    return importlib.import_module("drifting")


def asserts(texts: dict[str, str]) -> list[Finding]:
    """A finding of every `assert`."""
    return [
        Finding("tool", "S101", Severity.INFO, "assert", path, number, line.index("assert") + 1)
        for path, text in sorted(texts.items())
        for number, line in enumerate(text.split("\n"), 1)
        if "assert" in line
    ]


def followed(
    package: Any, make: RepositoryFactory, old: dict[str, str], new: dict[str, str]
) -> Any:
    """The truth about two commits with these files."""
    repository = make({}, name="project")
    history = package.history.History(repository.path / ".git")
    sides = []
    for texts in (old, new):
        for path in set(old) - set(texts):
            (repository.path / path).unlink()
        for path, text in texts.items():
            repository.write(path, text)
        revision = history.revision(repository.commit())
        sides.append(package.comparing.Snapshot(revision, asserts(texts), texts))
    pairs = package.comparing.file_pairs(history, *sides)
    return package.tracking.track(sides[0].findings, sides[1].findings, pairs)


@pytest.mark.parametrize(
    ("new", "change"),
    [
        ({"a.py": "import os\n\n" + FUNCTION}, "shifted"),
        ({"a.py": "if True:\n" + FUNCTION.replace("    ", "        ")}, "shifted"),
        ({"a.py": FUNCTION.replace("assert limit", "assert limit, value")}, "edited"),
        ({"lib/b.py": FUNCTION}, "renamed"),
        ({"a.py": "", "b.py": "import os\nprint(os)\n" * 9 + FUNCTION}, "moved"),
    ],
)
def test_a_finding_is_followed_to_where_its_place_went(
    drifting: Any, git_repository: RepositoryFactory, new: dict[str, str], change: str
) -> None:
    truth = followed(drifting, git_repository, {"a.py": FUNCTION}, new)
    assert truth.pairs == {0: (0, change)}


def test_code_formatted_anew_is_followed_by_its_tokens(
    drifting: Any, git_repository: RepositoryFactory
) -> None:
    wide = "def f(one):\n" + "".join(f"    assert call_{at}(one, 'two')\n" for at in range(12))
    narrow = wide.replace("(one, 'two')\n", '(\n        one,\n        "two",\n    )\n')
    truth = followed(drifting, git_repository, {"a.py": wide}, {"a.py": narrow})
    assert truth.pairs == {at: (at, "reformatted") for at in range(12)}


def test_what_came_and_what_went_are_no_pair(
    drifting: Any, git_repository: RepositoryFactory
) -> None:
    other = "def other(name):\n    print(name.title())\n    assert name.islower(), 7\n"
    truth = followed(drifting, git_repository, {"a.py": FUNCTION}, {"a.py": FUNCTION + other})
    assert truth.pairs == {0: (0, "shifted")}
    assert drifting.scoring.fresh_findings(2, truth) == {1}


def test_an_equal_line_elsewhere_is_uncertain(
    drifting: Any, git_repository: RepositoryFactory
) -> None:
    truth = followed(
        drifting, git_repository, {"a.py": FUNCTION}, {"b.py": "def g(limit):\n    assert limit\n"}
    )
    assert (truth.pairs, truth.unsure_old, truth.unsure_new) == ({}, {0}, {0})


def test_scores_tell_drift_from_hiding(drifting: Any) -> None:
    change = drifting.tracking.Change
    truth = drifting.tracking.Track({0: (0, change.SHIFTED), 1: (1, change.EDITED)})
    drift = drifting.scoring.score(["a", "b"], ["a", "c", "d"], truth)
    assert (drift.drifted[change.EDITED], drift.called_new, drift.hidden) == (1, 1, 0)
    hiding = drifting.scoring.score(["a", "b"], ["a", "c", "b"], truth)
    assert (hiding.called_new, hiding.new, hiding.hidden) == (1, 1, 1)
    shared = drifting.scoring.score(["a", "a"], ["a", "a", "a"], truth)
    assert (shared.hidden, shared.masked, shared.shared) == (0, 1, 3)


def test_truth_over_many_commits_forgets_no_doubt(drifting: Any) -> None:
    change, track = drifting.tracking.Change, drifting.tracking.Track
    first = track({0: (1, change.EDITED)}, unsure_old={1}, unsure_new={0})
    second = track({0: (0, change.UNTOUCHED), 1: (1, change.UNTOUCHED)})
    chained = drifting.chain.chained([first, second], 2, 3)
    assert chained == track({0: (1, change.EDITED)}, {1}, {0})
