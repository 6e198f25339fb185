"""`suppressions` in `pipeline.yaml`: a reason and an owner for each, and a day on which it ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline_mcp.config.repository import read_repository_file, with_repository
from pipeline_mcp.config.settings import Settings, settings
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.suppression import suppression_from_dict
from pipeline_mcp.sessions.line import suppressed

RULES = """
suppressions:
  - {tool: bandit, rule: B101, path: "tests/*", reason: tests assert, owner: ada}
  - {rule: E501, reason: later, owner: bob, expires: 2026-01-31}
"""


def configured(directory: Path, text: str) -> Settings:
    (directory / "pipeline.yaml").write_text(text)
    return with_repository(settings(), read_repository_file(directory, trusted=False))


def finding(tool: str, rule: str, path: str) -> Finding:
    return Finding(tool, rule, Severity.ERROR, "m", path, 1, fingerprint="a" * 32)


def test_a_suppression_covers_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    held = suppressed(configured(tmp_path, RULES), date(2026, 1, 31))
    asserts, long_lines = map(suppression_from_dict, held.active)
    assert asserts.covers(finding("bandit", "B101", "tests/unit/test_a.py"))
    assert not asserts.covers(finding("bandit", "B101", "src/a.py"))
    assert not asserts.covers(finding("bandit", "B102", "tests/a.py"))
    assert long_lines.covers(finding("pycodestyle", "E501", "a.py"))
    assert held.notices == ()


def test_an_expired_one_holds_no_more_and_is_named(tmp_path: Path) -> None:
    held = suppressed(configured(tmp_path, RULES), date(2026, 2, 1))
    assert [one["rule"] for one in held.active] == ["B101"]
    (said,) = held.notices
    assert said.startswith("The suppression of E501 expired on 2026-01-31")
    assert said.endswith("count again: later (bob).")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {rule: E501, reason: x}", "pipeline.yaml:2: suppressions[0].owner: it is required"),
        ("- {rule: E501, owner: x}", "pipeline.yaml:2: suppressions[0].reason: it is required"),
        ("- {reason: '', owner: x}", "pipeline.yaml:2: suppressions[0].reason: "),
        ("- {reason: x, owner: x, expires: soon}", "pipeline.yaml:2: suppressions[0].expires: "),
        ("- {reason: x, owner: x, path: ../a}", "pipeline.yaml:2: suppressions[0].path: "),
        ("- {reason: x, owner: x, fingerprint: a}", "pipeline.yaml:2: suppressions[0].fing"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "pipeline.yaml").write_text(f"suppressions:\n{text}\n")
    (found,) = read_repository_file(tmp_path, trusted=False).problems
    assert str(found).startswith(problem)


@pytest.mark.parametrize("path", ["../line.json", "/tmp/line.json", ".git/config", "a//b"])
def test_a_baseline_stays_inside_the_workspace(tmp_path: Path, path: str) -> None:
    (tmp_path / "pipeline.yaml").write_text(f"baseline: {path}\n")
    (found,) = read_repository_file(tmp_path, trusted=False).problems
    assert "stays inside it" in str(found)
