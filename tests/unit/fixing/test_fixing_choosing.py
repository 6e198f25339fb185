from __future__ import annotations

from typing import Any

import pytest
from fixtures.reports import make_finding

from pipeline_mcp.domain.finding import Edit, Finding, Severity
from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.fixing.choosing import choose
from pipeline_mcp.tools.registry import TOOLS

TEXT = b"import os\nimport sys\nx = 1   \n"


def removal(line: int, fingerprint: str, **values: Any) -> Finding:
    """ruff would remove the line."""
    edit = Edit(line, 1, line + 1, 1, "")
    fields = {"fixable": True, "edits": (edit,), "fingerprint": fingerprint}
    return make_finding("a.py", line, **fields | values)


def chosen(findings: list[Finding], text: bytes = TEXT, **options: Any) -> tuple[FixStep, ...]:
    defaults: dict[str, Any] = {"limit": None}
    return choose(findings, lambda _path: text, TOOLS, **defaults | options)


def fingerprints(steps: tuple[FixStep, ...]) -> list[tuple[str, ...]]:
    return [step.fingerprints for step in steps]


def test_the_worst_come_first_and_the_limit_is_exact() -> None:
    found = [
        removal(1, "a", severity=Severity.INFO),
        removal(2, "b", severity=Severity.ERROR),
        removal(3, "c", severity=Severity.WARNING),
    ]
    assert fingerprints(chosen(found, limit=2)) == [("b",), ("c",)]


def test_findings_that_one_change_ends_are_taken_together_or_not_at_all() -> None:
    found = [removal(1, "a"), removal(1, "b", column=12), removal(2, "c")]
    assert fingerprints(chosen(found)) == [("a", "b"), ("c",)]
    assert fingerprints(chosen(found, limit=1)) == [("c",)]


def test_changes_that_clash_wait() -> None:
    found = [removal(1, "a"), removal(1, "b", edits=(Edit(1, 3, 1, 5, "x"),))]
    assert fingerprints(chosen(found)) == [("a",)]


def test_unsafe_fixes_only_when_asked_for() -> None:
    found = [removal(1, "a", fixable=False)]
    assert chosen(found) == ()
    assert fingerprints(chosen(found, unsafe=True)) == [("a",)]


def test_known_findings_tried_ones_and_files_that_are_not_asked_about_are_left_alone() -> None:
    assert chosen([removal(1, "a", is_new=False)]) == ()
    assert chosen([removal(1, "a")], tried={("ruff", "a")}) == ()
    assert choose([removal(1, "a")], lambda _path: None, TOOLS, limit=None) == ()


@pytest.mark.parametrize(
    ("path", "text", "column", "is_safe"),
    [
        ("a.py", b"x = 1  # teh\n", 10, True),
        ("a.py", b'"""teh"""\n', 4, True),
        ("a.py", b"x = 'teh'\n", 6, False),
        ("a.py", b"teh = 1\n", 1, False),
        ("a.md", b"teh\n", 1, True),
        ("a.yaml", b"# teh\n", 3, True),
        ("a.yaml", b"teh: 1\n", 1, False),
        ("a.c", b"teh();\n", 1, False),
    ],
)
def test_a_word_is_corrected_where_people_read_it(
    path: str, text: bytes, column: int, is_safe: bool
) -> None:
    edit = Edit(1, column, 1, column + 3, "the")
    found = [
        make_finding(path, 1, tool="codespell", rule="misspelling", fixable=True, edits=(edit,))
    ]
    assert bool(chosen(found, text)) is is_safe
    assert chosen(found, text, unsafe=True)


@pytest.mark.parametrize(
    ("tool", "rule", "line", "edit"),
    [
        ("flake8", "W291", 3, Edit(3, 6, 3, 9, "")),
        ("pylint", "trailing-whitespace", 3, Edit(3, 6, 3, 9, "")),
        ("flake8", "W292", 5, Edit(5, 2, 5, 2, "\n")),
        ("yamllint", "new-line-at-end-of-file", 5, Edit(5, 2, 5, 2, "\n")),
    ],
)
def test_spaces_at_ends_are_fixed_for_tools_that_have_no_fix(
    tool: str, rule: str, line: int, edit: Edit
) -> None:
    steps = chosen([make_finding("a.py", line, tool=tool, rule=rule)], TEXT + b"\ny")
    assert [(step.fixer, step.edits) for step in steps] == [("spaces", (edit,))]


def test_what_two_tools_say_of_one_place_is_one_fix() -> None:
    found = [
        make_finding("a.py", 3, tool="flake8", rule="W291", fingerprint="a"),
        make_finding("a.py", 3, tool="pylint", rule="trailing-whitespace", fingerprint="b"),
    ]
    assert fingerprints(chosen(found)) == [("a",)]


def test_a_formatter_rewrites_the_file() -> None:
    found = [make_finding("a.py", 1, tool="black", rule="reformat", fixable=True)]
    assert [(step.fixer, step.edits) for step in chosen(found)] == [("black", ())]
