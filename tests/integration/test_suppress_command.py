"""`suppress`: comments stay, mistakes change nothing, and the findings stop counting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.warm_stack import Command

OLD = """# Ours.
suppressions: # agreed
  - rule: X1
    reason: old # why
    owner: ada
  # the end of the list

exclude: [vendor] # theirs
"""


def suppress(warm: Command, workspace: Path, *words: str) -> Any:
    return warm("suppress", workspace, "--reason", "later: soon", "--owner", "bob", *words)


@pytest.mark.parametrize("text", [None, "", "exclude: [vendor] # theirs", OLD])
def test_what_was_there_stays_and_the_findings_stop_counting(
    warm: Command, tmp_path: Path, text: str | None
) -> None:
    (tmp_path / "a.py").write_text("import os\n")
    file = tmp_path / "pipeline.yaml"
    if text is not None:
        file.write_text(text)
    answer = suppress(warm, tmp_path, "--rule", "F401", "--in", "*.py", "--expires", "2999-12-31")
    assert answer.exit_code == 0, answer.stderr
    lines = file.read_text().splitlines()
    assert [line for line in lines if line in (text or "").splitlines()] == (
        (text or "").splitlines()
    )
    report = warm("run", tmp_path, "--tools", "ruff", "--format", "json", "-q").json
    assert report["status"] == "passed"
    assert [one["known_by"] for one in report["findings"]] == ["suppressed: later: soon (bob)"]
    assert "1 finding is suppressed by the configuration." in report["notices"]


@pytest.mark.parametrize("text", ["suppressions: []\n", "{exclude: [vendor]}\n", "exclude: []\r\n"])
def test_a_file_that_cannot_be_edited_safely_stays_as_it_is(
    warm: Command, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_bytes(text.encode())
    answer = suppress(warm, tmp_path, "--tool", "ruff", "--format", "json").json
    assert not answer["is_written"]
    assert answer["suppression"].startswith('suppressions:\n  - tool: "ruff"\n')
    assert file.read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what"),
        (("--rule", "X", "--expires", "soon"), "suppressions[0].expires"),
        (("--in", "../x"), "suppressions[0].path"),
        (("--fingerprint", "x"), "suppressions[0].fingerprint"),
    ],
)
def test_a_mistake_writes_nothing(
    warm: Command, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    answer = suppress(warm, tmp_path, *words)
    assert answer.exit_code == 2
    assert said in answer.stderr
    assert list(tmp_path.iterdir()) == []
