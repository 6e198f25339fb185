from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_mcp.domain.finding import Edit
from pipeline_mcp.fixing.document import EditError, Span, edited, read_document


@pytest.mark.parametrize(
    ("content", "edit", "result"),
    [
        (b"import os\nx = 1\n", Edit(1, 1, 2, 1, ""), b"x = 1\n"),
        (b"\xef\xbb\xbfa = 1\n", Edit(1, 1, 1, 2, "b"), b"\xef\xbb\xbfb = 1\n"),
        ("ü = 'é'\n".encode(), Edit(1, 5, 1, 8, "1"), "ü = 1\n".encode()),
        (b"# \xe9t\xe9\nx = 1\n", Edit(2, 1, 2, 2, "y"), b"# \xe9t\xe9\ny = 1\n"),
        (b"a\r\nb\r\n", Edit(1, 1, 1, 2, "c\nd"), b"c\r\nd\r\nb\r\n"),
        (b"a\x0cb\nc", Edit(2, 1, 2, 2, "d"), b"a\x0cb\nd"),
        (b"a\n", Edit(2, 1, 2, 1, "b\n"), b"a\nb\n"),
        (b"", Edit(1, 1, 1, 1, "a\n"), b"a\n"),
    ],
    ids=["a line", "mark", "wide", "latin-1", "crlf", "form feed", "the end", "empty"],
)
def test_an_edit_changes_its_span_and_nothing_else(
    content: bytes, edit: Edit, result: bytes
) -> None:
    assert edited(content, [edit]) == result


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(1, 1, 1, 4, ""), Edit(1, 3, 1, 5, "")],
        [Edit(1, 2, 1, 2, "a"), Edit(1, 2, 1, 2, "b")],
        [Edit(9, 1, 9, 2, "")],
        [Edit(1, 99, 1, 99, "")],
        [Edit(1, 0, 1, 1, "")],
        [Edit(1, 3, 1, 2, "")],
    ],
)
def test_edits_that_do_not_fit_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(EditError):
        edited(b"abcdef\n", edits)


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(EditError, match="encoding lacks"):
        edited(b"# \xe9\n", [Edit(1, 1, 1, 1, "\N{EURO SIGN}")])


def test_binary_files_have_no_text() -> None:
    assert read_document(b"a\0b") is None


def test_the_same_edit_twice_is_one() -> None:
    edit = Edit(1, 1, 1, 2, "b")
    assert edited(b"a\n", [edit, edit]) == b"b\n"


@given(st.text(alphabet="ab\n\r\x0cé", max_size=40), st.data())
def test_any_two_edits_that_do_not_clash_can_be_applied_in_any_combination(
    text: str, data: st.DataObject
) -> None:
    cut = st.integers(0, len(text))
    first, second = (
        Span(*sorted((data.draw(cut), data.draw(cut))), data.draw(st.sampled_from(["", "x", "y"])))
        for _ in range(2)
    )
    if first == second or first.clashes(second) or second.clashes(first):
        assert first.clashes(second) == second.clashes(first)
        return
    low, high = sorted([first, second])
    both = text[: low.start] + low.text + text[low.end : high.start] + high.text + text[high.end :]
    shift = len(low.text) - (low.end - low.start)
    after_low = text[: low.start] + low.text + text[low.end :]
    assert after_low[: high.start + shift] + high.text + after_low[high.end + shift :] == both
