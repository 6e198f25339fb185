from __future__ import annotations

import re

import pytest
from fixtures.reports import (
    SESSION_ID,
    incomplete_report,
    long_report,
    make_finding,
    make_report,
    make_run,
)

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.reporting.text import TextStyle, text_report

_ANSI = re.compile(r"\x1b\[[\d;]*m")
SOURCE = ["import os", "", "\tx = '日本' + y", "z = " + "1 + " * 100 + "1"]


def _source(path: str) -> list[str] | None:
    return SOURCE if path == "pkg/a.py" else None


def _text(report: Report, **style: object) -> str:
    return text_report(report, sources=_source, style=TextStyle(**style))  # type: ignore[arg-type]


def test_a_finding_is_shown_with_its_source_and_a_caret_under_the_span() -> None:
    assert _text(make_report(findings=[make_finding()])).splitlines()[:4] == [
        "pkg/a.py  1 finding",
        "  1:8      error    `os` imported but unused  ruff F401",
        "     1 │ import os",
        "       │        ^^",
    ]


def test_carets_stand_below_tabs_and_wide_characters() -> None:
    finding = make_finding(line=3, column=13, end_line=3, end_column=14)
    lines = _text(make_report(findings=[finding])).splitlines()
    assert lines[2:4] == [
        "     3 │     x = '日本' + y",
        "       │                  ^",
    ]


def test_findings_of_one_line_share_its_source() -> None:
    findings = [make_finding(), make_finding(tool="flake8", column=1, end_column=7)]
    text = _text(make_report(findings=findings))
    assert text.count("│ import os") == 1
    assert "│ ^^^^^^ ^^\n" in text


def test_a_long_line_is_cut_around_the_span() -> None:
    finding = make_finding(line=4, column=201, end_line=4, end_column=202)
    lines = _text(make_report(findings=[finding]), width=60).splitlines()
    shown, marks = lines[2], lines[3]
    assert len(shown) == 60
    assert shown.count("…") == 2
    assert shown[marks.index("^")] == SOURCE[3][200]


def test_a_long_line_of_wide_characters_fits_too() -> None:
    report = make_report(findings=[make_finding(column=1, end_column=3)])
    shown = text_report(report, sources=lambda path: ["日本" * 100], style=TextStyle(width=60))
    assert "│ " + "日本" * 12 + "…\n" in shown


@pytest.mark.parametrize("column", [0, 500])
def test_a_column_outside_the_line_has_no_caret(column: int) -> None:
    text = _text(make_report(findings=[make_finding(column=column, end_column=0, end_line=0)]))
    assert "│ import os" in text
    assert "^" not in text


@pytest.mark.parametrize("line", [0, 99])
def test_a_line_that_is_not_there_has_no_source(line: int) -> None:
    assert "│" not in _text(make_report(findings=[make_finding(line=line)]))


def test_the_rest_of_a_message_is_indented_below_it() -> None:
    report = make_report(findings=[make_finding(message="one\n  note: two\n")])
    assert "error    one  ruff F401\n                      note: two\n" in _text(report)


def test_on_a_terminal_long_messages_wrap_below_their_beginning() -> None:
    report = make_report(findings=[make_finding(message="some words " * 8)], notices=("ab " * 30,))
    lines = _text(report, width=60, wrap=True).splitlines()
    assert lines[1:4] == [
        "  1:8      error    some words some words some words some",
        "                    words some words some words some words",
        "                    some words  ruff F401",
    ]
    notice = next(number for number, line in enumerate(lines) if line.startswith("· "))
    assert lines[notice + 1].startswith("  ab")
    assert max(map(len, lines)) <= 60


def test_the_end_has_a_table_and_the_verdict_as_the_last_line() -> None:
    lines = _text(make_report(findings=[make_finding()], tools=[make_run("mypy")])).splitlines()
    table = [line.split() for line in lines]
    assert ["mypy", "1.2.3", "✓", "ok", "10", "5", "0", "0.2", "s"] in table
    assert lines[-2] == f"10 files · 2 units (1 from the cache) · 2.0 s · {SESSION_ID}"
    assert lines[-1] == "failed: 1 new finding (1 error)"


def test_an_empty_report_is_short() -> None:
    text = _text(make_report(SessionStatus.PASSED))
    assert text.splitlines()[-1] == "passed: no findings in 10 files"
    assert len(text.splitlines()) == 2


def test_an_incomplete_report_says_what_is_missing() -> None:
    text = _text(incomplete_report())
    assert "✗ timeout" in text
    assert "! mypy timed out: it was stopped after 600 s" in text
    assert "· pip-audit was skipped: its service cannot be reached" in text
    assert text.splitlines()[-1].startswith("incomplete: mypy timed out")


def test_notices_and_skipped_files_are_said_without_flooding() -> None:
    skipped = tuple(SkippedFile(f"{number}.bin", "too large") for number in range(30))
    text = _text(make_report(SessionStatus.PASSED, skipped_files=skipped, notices=("Ignored.",)))
    assert "· Ignored." in text
    assert text.count("too large") == 10
    assert "20 more files" in text


def test_known_findings_are_shown_on_request() -> None:
    report = make_report(
        findings=[make_finding(), make_finding(line=3, is_new=False, known_by="base main")]
    )
    assert "1 known finding not shown; `--all` shows them." in _text(report)
    assert "ruff F401  known: base main" in _text(report, known=True)


def test_of_too_many_findings_the_worst_are_shown_and_the_rest_is_said() -> None:
    text = _text(long_report(), limit=200)
    assert text.count("error    `os`") == 200
    assert "These are the 200 worst of 9,000 findings." in text
    assert f"`pipeline-mcp findings {SESSION_ID}`" in text


def test_without_a_limit_all_are_shown() -> None:
    text = _text(long_report(), known=True)
    assert text.count("imported but unused") == 10_000
    assert "worst of" not in text


def test_worst_first_sorts_files_and_findings() -> None:
    findings = [
        make_finding("a.py", severity=Severity.INFO),
        make_finding("b.py", 1, severity=Severity.WARNING),
        make_finding("b.py", 2, severity=Severity.ERROR),
    ]
    lines = _text(make_report(findings=findings), worst_first=True).splitlines()
    shown = [line.split()[0] for line in lines if line.startswith(("a.py", "b.py", "  "))]
    assert shown[:4] == ["b.py", "2:8", "1:8", "a.py"]


def test_colours_change_nothing_but_colours() -> None:
    report = make_report(findings=[make_finding(fixable=True)], tools=[make_run("mypy")])
    coloured = _text(report, colours="truecolor")
    assert _ANSI.search(coloured)
    plain = [line.rstrip() for line in _ANSI.sub("", coloured).splitlines()]
    assert plain == _text(report).splitlines()
