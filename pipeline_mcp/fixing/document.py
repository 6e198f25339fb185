"""A file's text and the way back to its bytes, and edits of spans in it."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline_mcp.domain.finding import Edit

BOM = b"\xef\xbb\xbf"
# As tools count lines: a form feed, which `splitlines` takes for an end, ends none.
LINE_END = re.compile(r"\r\n|\n|\r")


class EditError(Exception):
    """Edits that do not fit the text, or each other; the message is one clause."""


@dataclass(frozen=True, slots=True)
class Document:
    """Decoded content: `text` without its byte-order mark, `encoding` of the bytes.

    `newline` is the one kind of line end, or empty where there are several kinds or none.
    """

    text: str
    encoding: str
    has_bom: bool = False
    newline: str = ""

    def encoded(self, text: str) -> bytes:
        """`text` as this document's content is encoded.

        Raises:
            EditError: its encoding lacks a character.
        """
        try:
            content = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise EditError(f"the file's encoding lacks {error.object[error.start]!r}") from error
        return BOM + content if self.has_bom else content


def read_document(content: bytes) -> Document | None:
    """The content as text; None for binary files.

    What is not UTF-8 is read byte by byte: columns are right in every encoding of single bytes,
    and ASCII text can be put in.
    """
    if b"\0" in content:
        return None
    has_bom = content.startswith(BOM)
    content = content.removeprefix(BOM)
    try:
        text, encoding = content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = content.decode("latin-1"), "latin-1"
    kinds = set(LINE_END.findall(text))
    return Document(text, encoding, has_bom, kinds.pop() if len(kinds) == 1 else "")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The characters from `start` up to `end` become `text`."""

    start: int
    end: int
    text: str

    def clashes(self, other: Span) -> bool:
        """True if it is not certain what both mean together; equal spans are one."""
        if self == other:
            return False
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in LINE_END.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a place, both counted from 1; a line may be one beyond the last.

        Raises:
            EditError: there is no such place.
        """
        if line == len(self._starts) + 1 and column == 1:
            return len(self._text)
        if not 1 <= line <= len(self._starts):
            raise EditError(f"there is no line {line}")
        offset = self._starts[line - 1] + column - 1
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        if column < 1 or offset > end:
            raise EditError(f"line {line} has no column {column}")
        return offset


class Reserved:
    """Spans that do not clash, kept in order."""

    def __init__(self) -> None:
        self._spans: list[Span] = []

    def has(self, span: Span) -> bool:
        """True if that very span is there."""
        place = bisect.bisect_left(self._spans, span)
        return place < len(self._spans) and self._spans[place] == span

    def clashes(self, span: Span) -> bool:
        """True if one that is there clashes with it: its neighbours, for the others are apart."""
        place = bisect.bisect_left(self._spans, span)
        return any(one.clashes(span) for one in self._spans[max(place - 2, 0) : place + 2])

    def add(self, span: Span) -> None:
        """Keep a span that clashes with none; one that is there already is kept once."""
        if not self.has(span):
            bisect.insort(self._spans, span)


def spans(
    document: Document, edits: Iterable[Edit], lines: Lines | None = None
) -> tuple[Span, ...]:
    """The edits as spans, in order; put-in text gets the document's own line ends.

    `lines` spares those the work who ask about one document again and again.

    Raises:
        EditError: an edit has no place in the text, or two of them clash.
    """
    lines = lines or Lines(document.text)
    newline = document.newline
    found = set()
    for edit in edits:
        start = lines.offset(edit.line, edit.column)
        end = lines.offset(edit.end_line, edit.end_column)
        if end < start:
            raise EditError(f"an edit in line {edit.line} ends before it begins")
        found.add(Span(start, end, _with_newline(edit.text, newline)))
    ordered = tuple(sorted(found))
    if any(one.clashes(two) for one, two in itertools.pairwise(ordered)):
        raise EditError("its edits overlap")
    return ordered


def replaced(text: str, changes: Sequence[Span]) -> str:
    """The text with the spans, sorted and free of clashes, replaced."""
    parts, last = [], 0
    for span in changes:
        parts += [text[last : span.start], span.text]
        last = span.end
    return "".join([*parts, text[last:]])


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The content with the edits applied.

    Raises:
        EditError: they do not fit, or the file is binary.
    """
    document = read_document(content)
    if document is None:
        raise EditError("the file is binary")
    return document.encoded(replaced(document.text, spans(document, edits)))


def _with_newline(text: str, newline: str) -> str:
    return LINE_END.sub(lambda _match: newline, text) if newline else text
