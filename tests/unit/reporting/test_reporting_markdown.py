from __future__ import annotations

import pytest
from fixtures.reports import incomplete_report, long_report, make_finding, make_report, make_run

from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.domain.snapshot import SkippedFile
from pipeline_mcp.reporting.markdown import code, escaped, markdown_report


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain text, (with) 1.2.3 - signs!", "plain text, (with) 1.2.3 - signs!"),
        ("*bold* `code` __init__ ~x~", r"\*bold\* \`code\` \_\_init\_\_ \~x\~"),
        ("[a](b) a|b $x$", r"\[a\](b) a\|b \$x\$"),
        ("<img src=x> & more", "&lt;img src=x&gt; &amp; more"),
        ("ask @ada about #12", "ask @&#8203;ada about #&#8203;12"),
        ("see https://evil.example", r"see https\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("# title", r"\# title"),
        ("two\nlines", "two lines"),
    ],
)
def test_text_of_a_repository_is_shown_as_it_is(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


@pytest.mark.parametrize(
    ("text", "span"),
    [("a.py", "`a.py`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("a\nb", "`a␊b`")],
)
def test_code_spans_hold_any_name(text: str, span: str) -> None:
    assert code(text) == span


def test_findings_stand_by_file_below_the_verdict_and_the_tools() -> None:
    report = make_report(
        findings=[make_finding("b.py"), make_finding("a.py", message="a|b"), make_finding("", 0)],
        tools=[make_run("mypy")],
    )
    lines = markdown_report(report).splitlines()
    assert lines[0] == "## ❌ failed: 3 new findings (3 errors)"
    assert "| mypy | 1.2.3 | ok | 10 | 0 | 0.2 s |" in lines
    headings = [line for line in lines if line.startswith("### ")]
    assert headings == ["### The whole program", "### `a.py`", "### `b.py`"]
    assert r"| 1 | error | a\|b | ruff F401 |" in lines


def test_an_incomplete_run_warns_and_says_why() -> None:
    text = markdown_report(incomplete_report())
    assert text.startswith("## ⚠️ incomplete: mypy timed out")
    assert "| mypy timed out: it was stopped after 600 s |" in text


def test_known_findings_are_marked() -> None:
    text = markdown_report(make_report(findings=[make_finding(is_new=False)]))
    assert "| 1 | error, known |" in text


def test_skipped_files_and_notices_are_said() -> None:
    report = make_report(
        SessionStatus.PASSED,
        skipped_files=(SkippedFile("big.bin", "larger than 10 MiB"),),
        notices=("A key was ignored.",),
    )
    text = markdown_report(report)
    assert "- big.bin: larger than 10 MiB" in text
    assert "- A key was ignored." in text


def test_a_long_report_has_all_findings_and_folds_its_files() -> None:
    text = markdown_report(long_report())
    assert text.count("\n| ") >= 10_000
    assert text.count("<details>") == text.count("</details>") == 100
