"""YAML files are read strictly: every mistake has its line, and nothing in them can hurt."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.config.document import MAX_BYTES, Document, read_document

Read = Callable[[str | bytes], Document]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(content: str | bytes) -> Document:
        file = tmp_path / "pipeline.yaml"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        document = read_document(file, source="pipeline.yaml")
        assert document is not None
        return document

    return read


def _said(document: Document) -> list[str]:
    return [str(problem) for problem in document.problems]


def test_values_and_the_lines_of_their_keys(read: Read) -> None:
    document = read("a: 1\nb:\n  - true\n  - c: x\n    d: null\n")
    assert document.problems == []
    assert document.data == {"a": 1, "b": [True, {"c": "x", "d": None}]}
    assert document.line(("a",)) == 1
    assert document.line(("b", 0)) == 3
    assert document.line(("b", 1, "d")) == 5
    assert document.line(("b", 1, "missing")) == 4


def test_a_file_that_is_missing_is_no_document(tmp_path: Path) -> None:
    assert read_document(tmp_path / "pipeline.yaml") is None


@pytest.mark.parametrize("content", ["", "# only a comment\n", "---\n", "null\n", "\ufeff"])
def test_an_empty_file_says_nothing(read: Read, content: str) -> None:
    document = read(content)
    assert (document.data, document.problems) == ({}, [])


def test_a_byte_order_mark_is_no_mistake(read: Read) -> None:
    assert read("\ufefftools: []\n").data == {"tools": []}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [1\nb: 2\n", "pipeline.yaml:2: while parsing a flow sequence"),
        ("a: 'x\n", "pipeline.yaml:2: while scanning a quoted scalar"),
        ("a:\n\t- b\n", "pipeline.yaml:2: while scanning for the next token"),
        ("a: b: c\n", "pipeline.yaml:1: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", "pipeline.yaml:2: expected a single document in the stream"),
        ("- a\n", "pipeline.yaml:1: it must be a mapping of keys to values"),
        ("just words\n", "pipeline.yaml:1: it must be a mapping of keys to values"),
        ("a: 1\nb: \x07\n", "pipeline.yaml:2: it has a character that YAML does not allow"),
        ("? [a]\n: 1\n", "pipeline.yaml:1: a key must be a word"),
        ("%YAML 9.9\n---\na: 1\n", "pipeline.yaml:1: found incompatible YAML document"),
        ("a: &x 1\nb: *x\n", "pipeline.yaml:2: aliases (`*name`) are not supported"),
        ("a: !!python/object:os.system x\n", "pipeline.yaml:1: tags (`tag:yaml.org,2002:python"),
        ("a: !own x\n", "pipeline.yaml:1: tags (`!own`) are not supported"),
        ("a: " + "9" * 5000 + "\n", "pipeline.yaml:1: a: Exceeds the limit"),
    ],
)
def test_what_is_not_read_is_told_with_its_line(read: Read, content: str, said: str) -> None:
    document = read(content)
    assert len(document.problems) == 1
    assert _said(document)[0].startswith(said)


def test_bytes_that_are_not_utf8_are_told_with_their_line(read: Read) -> None:
    assert _said(read(b"a: 1\nb: \xff\n")) == ["pipeline.yaml:2: it is not UTF-8"]


def test_every_duplicate_key_is_told_and_the_first_one_counts(read: Read) -> None:
    document = read("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert document.data == {"a": 1, "b": {"c": 1}}
    assert _said(document) == [
        "pipeline.yaml:2: b.c: it stands here twice, first in line 2",
        "pipeline.yaml:3: a: it stands here twice, first in line 1",
    ]


def test_dates_and_times_stay_text(read: Read) -> None:
    document = read("a: 2020-99-99\nb: 1:30\nc: <<\nd: =\n")
    assert document.data == {"a": "2020-99-99", "b": "1:30", "c": "<<", "d": "="}


@pytest.mark.parametrize(
    "content",
    [
        "a: " + "[" * 5000,
        "a: " + "{a: " * 5000,
        "".join(f"{' ' * depth}a:\n" for depth in range(300)),
        "\n".join(["a: &a [x, x]", *(f"b{n}: &b{n} [*a, *a]" for n in range(50))]),
        "a: " + ":".join(["1"] * 30_000),
        "".join(f"k{number}: v\n" for number in range(6000)),
        "a: [" + "x, " * 20_000 + "]",
    ],
    ids=["lists", "mappings", "blocks", "laughs", "sexagesimal", "keys", "items"],
)
def test_a_hostile_file_is_answered_quickly(read: Read, content: str) -> None:
    started = time.process_time()
    read(content)
    assert time.process_time() - started < 5


def test_a_large_file_is_refused(read: Read) -> None:
    document = read("#" * (MAX_BYTES + 1))
    assert _said(document) == ["pipeline.yaml: it is larger than 64 KiB"]


def test_a_link_is_refused_unless_it_may_be_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("tools: [ruff]\n")
    link = tmp_path / "pipeline.yaml"
    link.symlink_to(tmp_path / "real.yaml")
    followed, refused = read_document(link), read_document(link, follow=False)
    assert followed is not None
    assert followed.data == {"tools": ["ruff"]}
    assert refused is not None
    assert refused.data == {}
    assert "symbolic link" in _said(refused)[0]


def test_a_pipe_and_a_directory_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    for name in ("pipe", "directory"):
        document = read_document(tmp_path / name)
        assert document is not None
        assert len(document.problems) == 1


def test_text_that_could_move_a_cursor_is_not_repeated(read: Read) -> None:
    document = read('"\\e[31mred": 1\n"\\e[31mred": 2\n')
    assert "\x1b" not in _said(document)[0]
