from __future__ import annotations

import re

import pytest
from fixtures.reports import HOSTILE, hostile_report
from hypothesis import given
from hypothesis import strategies as st

from pipeline_mcp.reporting.formats import FORMATS
from pipeline_mcp.reporting.sanitise import one_line, visible, visible_lines

_MOVES_THE_CURSOR = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 日本", "plain ünïcode 日本"),
        ("\x1b[31m", "␛[31m"),
        ("a\nb\tc", "a␊b␉c"),
        ("\x7f\x9b", "␡<U+009B>"),
        ("abc\u202etxt.exe", "abc<U+202E>txt.exe"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\udcff", "<U+DCFF>"),
    ],
)
def test_hazards_become_visible_and_the_rest_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_stay_lines_and_tabs_become_spaces() -> None:
    assert visible_lines("one\r\n\ttwo\n\n") == ["one", "    two"]
    assert one_line("one\n  two\n") == "one two"


@given(st.text())
def test_no_text_keeps_a_character_that_moves_the_cursor(text: str) -> None:
    assert not _MOVES_THE_CURSOR.search(visible(text))
    assert "\n" not in visible(text)
    assert "\n" not in one_line(text)


@pytest.mark.parametrize("form", ["text", "github", "markdown"])
def test_formats_for_people_show_hostile_text_harmlessly(form: str) -> None:
    rendered = FORMATS[form](hostile_report())
    assert not _MOVES_THE_CURSOR.search(rendered)
    assert "␛[31m" in rendered


def test_the_hostile_text_of_these_tests_is_hostile() -> None:
    assert _MOVES_THE_CURSOR.search(HOSTILE)
