"""What a fingerprint survives, and what it tells apart."""

from __future__ import annotations

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.scanning.fingerprint import fingerprinted

CODE = "import os\n\n\ndef f():\n    x = 1\n\n\ndef g():\n    x = 1\n"


def finding(line: int, rule: str = "F841", path: str = "a.py") -> Finding:
    return Finding("ruff", rule, Severity.ERROR, "unused", path, line)


def one(text: str | None, *findings: Finding) -> list[str]:
    return [each.fingerprint for each in fingerprinted(findings, lambda path: text)]


def test_it_survives_lines_that_move() -> None:
    assert one(CODE, finding(5)) == one("# a comment\n\n" + CODE, finding(7))


def test_it_survives_changed_white_space() -> None:
    assert one(CODE, finding(5)) == one(CODE.replace("x = 1", "x  =  1"), finding(5))


def test_the_same_line_in_another_function_is_another_finding() -> None:
    assert len(set(one(CODE, finding(5), finding(9)))) == 2


def test_equal_lines_in_one_function_are_told_apart() -> None:
    text = "def f():\n    x = 1\n    x = 1\n"
    assert len(set(one(text, finding(2), finding(3)))) == 2


def test_a_form_feed_ends_no_line() -> None:
    assert one("x = 1\nimport os\n", finding(2)) == one("x = 1\f\nimport os\n", finding(2))


def test_rule_and_path_belong_to_it() -> None:
    prints = {
        *one(CODE, finding(5)),
        *one(CODE, finding(5, rule="F401")),
        *one(CODE, finding(5, path="b.py")),
    }
    assert len(prints) == 3


def test_a_file_that_does_not_parse_and_a_line_beyond_the_end_still_have_one() -> None:
    assert all(one("def f(:\n", finding(1), finding(99)))
    assert all(one(None, finding(1)))
