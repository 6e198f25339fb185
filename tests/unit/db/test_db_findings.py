"""Findings come back as they were written, filtered and in one order on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_mcp.db import finding_pages, findings, sessions, units
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.finding import Edit, Finding, Severity
from pipeline_mcp.domain.query import FindingFilter
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.unit import Unit

SESSION = "pipeline-1-00000000"
UNIT = Unit("k" * 64, SESSION, 1, "ruff", 0, ())
EVERYTHING = FindingFilter()


def a_finding(path: str, line: int = 1, **changes: object) -> Finding:
    values = {"tool": "ruff", "rule": "F401", "severity": Severity.WARNING, "message": "unused"}
    return Finding(path=path, line=line, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def write(database: str) -> object:
    with transaction() as connection:
        sessions.insert(connection, SESSION, SessionRequest("/w", "here"))
        units.insert(connection, [UNIT])

    def write(*some: Finding) -> None:
        with transaction() as connection:
            findings.insert(connection, UNIT, some)

    return write


def ask(filters: FindingFilter = EVERYTHING, **options: Any) -> list[Finding]:
    return [one for _, one in rows(filters, **options)]


def rows(filters: FindingFilter = EVERYTHING, **options: Any) -> list[tuple[int, Finding]]:
    with reading() as connection:
        return finding_pages.page(connection, SESSION, filters, **{"limit": 1000, **options})


def test_a_finding_comes_back_whole(write) -> None:
    whole = Finding(
        tool="black",
        rule="format",
        severity=Severity.INFO,
        message="would reformat, “ünïcode” \N{SNAKE} \\ %s :x 'quoted'",
        path="a dir/-dash\nnewline ü.py",
        line=3,
        column=4,
        end_line=5,
        end_column=6,
        fixable=True,
        fingerprint="f" * 64,
        is_new=False,
        edits=(Edit(1, 1, 2, 1, "x = 1\n"),),
    )
    write(whole)
    assert ask() == [whole]
    with reading() as connection:
        assert findings.all_of(connection, SESSION) == [whole]


def test_no_finding_is_nothing_to_write(write) -> None:
    write()
    assert ask() == []


def test_all_findings_and_pages_have_the_same_order(write) -> None:
    names = ["b.py", "a.py", "B.py", "a/b.py", "a-b.py", "a_b.py", "ä.py", "A.py", "Z/z.py"]
    write(*(a_finding(name, line) for name in names for line in (10, 9)))
    with reading() as connection:
        everything = findings.all_of(connection, SESSION)
    assert ask() == everything
    assert in_pages_of(5) == everything


@pytest.mark.parametrize("worst_first", [True, False])
def test_pages_neither_repeat_nor_skip_what_was_there(write, worst_first: bool) -> None:
    write(
        *(
            a_finding(path, line, severity=severity, is_new=is_new, rule=rule)
            for path in ("b.py", "a.py", "ä.py")
            for line in (2, 1)
            for severity in Severity
            for is_new in (True, False)
            for rule in ("E2", "E1", "E1")
        )
    )
    everything = ask(worst_first=worst_first)
    assert in_pages_of(7, worst_first=worst_first) == everything
    if worst_first:
        rank = list(Severity).index
        keys = [(not one.is_new, rank(one.severity), *one.order) for one in everything]
        assert keys == sorted(keys)


def in_pages_of(number: int, **options: Any) -> list[Finding]:
    """All findings, `number` of them at a time."""
    seen = rows(limit=number, **options)
    page = seen
    while page:
        page = rows(limit=number, after=page[-1][0], **options)
        seen += page
    return [one for _, one in seen]


@pytest.mark.parametrize(
    ("filters", "paths"),
    [
        (FindingFilter(tools=("mypy",)), ["b.py"]),
        (FindingFilter(rules=("E1", "F401")), ["a.py", "pkg/a.py"]),
        (FindingFilter(severities=(Severity.ERROR,)), ["b.py"]),
        (FindingFilter(new_only=True), ["a.py", "b.py"]),
        (FindingFilter(paths=("pkg/*",)), ["pkg/a.py"]),
        (FindingFilter(paths=("*a.py",)), ["a.py", "pkg/a.py"]),
        (FindingFilter(paths=("?.py",)), ["a.py", "b.py"]),
        (FindingFilter(paths=("A.py",)), []),
        (FindingFilter(paths=("_.py", "%")), []),
        (FindingFilter(tools=("mypy",), paths=("pkg/*",)), []),
    ],
)
def test_filters(write, filters: FindingFilter, paths: list[str]) -> None:
    write(
        a_finding("pkg/a.py", is_new=False),
        a_finding("b.py", tool="mypy", rule="arg-type", severity=Severity.ERROR),
        a_finding("a.py"),
    )
    assert [one.path for one in ask(filters)] == paths


def test_a_page_says_how_many_match_in_all(write) -> None:
    write(*(a_finding("a.py", line) for line in range(7)))
    write(a_finding("b.py", rule="E1", tool="mypy", severity=Severity.ERROR, is_new=False))
    with reading() as connection:
        found = finding_pages.counts(connection, SESSION, EVERYTHING)
        limited = finding_pages.counts(connection, SESSION, FindingFilter(paths=("b*",)))
    assert (found.total, found.new) == (8, 7)
    assert found.by_severity == {"error": 1, "warning": 7, "info": 0}
    assert found.by_tool == {"ruff": 7, "mypy": 1}
    assert list(found.by_rule.items()) == [("ruff F401", 7), ("mypy E1", 1)]
    assert (limited.total, limited.by_tool) == (1, {"mypy": 1})


def test_only_new_findings_count_for_the_gate(write) -> None:
    write(a_finding("a.py"), a_finding("b.py"), a_finding("c.py", is_new=False))
    with reading() as connection:
        assert findings.by_severity(connection, SESSION) == {Severity.WARNING: 2}


def test_a_page_has_the_order_of_the_report_whatever_the_letters(write) -> None:
    names = ["b.py", "B.py", "_a.py", "a-b.py", "a b.py", "é.py", "\N{SNAKE}.py", "ab.py"]
    write(*(a_finding(name) for name in names))
    assert [one.path for one in ask()] == sorted(names)
