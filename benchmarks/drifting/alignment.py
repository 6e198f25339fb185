"""Where each place of a file went in its next version, by git's hunks and the tokens in them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from drifting.history import Span

_TOKEN = re.compile(r"\w+|[^\w\s]")
_LINE_END = re.compile(r"\r\n|\n|\r")
# Fewer tokens in a row that are the same in a rewritten hunk are chance: `self.`, `():`.
_LEAST_RUN = 4
# A hunk of which so much is left is the same code, down to its single tokens.
_SAME_CODE = 0.6
# Long hunks are aligned without popular tokens as anchors, or it would take minutes.
_LONG = 1_500
# A file of which so many lines changed and so many words stayed was formatted anew.
_LEAST_LINES = 10
_KEPT_WORDS = 0.95

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark, and where it begins."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Block:
    """A hunk, its tokens on both sides, and which old one became which new one for sure."""

    span: Span
    old: tuple[Token, ...]
    new: tuple[Token, ...]
    kept: dict[int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two versions of a file: their lines, and the blocks that differ in more than white space."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    blocks: tuple[Block, ...]
    is_reformatted: bool

    def line(self, line: int) -> int | None:
        """The new number of an old line that is in no block."""
        shift = 0
        for block in self.blocks:
            if line < block.span.first:
                break
            if line < block.span.last:
                return None
            shift = block.span.new_last - block.span.last
        return line + shift

    def block(self, line: int) -> Block | None:
        """The block that an old line is in."""
        return next((one for one in self.blocks if one.span.first <= line < one.span.last), None)


def align(old: str, new: str, hunks: Sequence[Span]) -> Alignment:
    """The alignment of two texts, whose hunks are given."""
    lines, new_lines = split(old), split(new)
    blocks = tuple(_block(lines, new_lines, span) for span in hunks)
    return Alignment(lines, new_lines, blocks, _is_reformatted(blocks))


def split(text: str) -> tuple[str, ...]:
    """The lines as tools count them: a form feed ends none."""
    return tuple(_LINE_END.split(text))


def squeezed(line: str) -> str:
    """A line without its white space."""
    return "".join(line.split())


def token_at(tokens: Sequence[Token], place: Place) -> int | None:
    """The number of the first token at or behind the place, in the same line."""
    at = bisect_left(tokens, place, key=lambda token: (token.line, token.column))
    return at if at < len(tokens) and tokens[at].line == place[0] else None


def _block(old: Sequence[str], new: Sequence[str], span: Span) -> Block:
    before = tuple(_tokens(old, span.first, span.last))
    after = tuple(_tokens(new, span.new_first, span.new_last))
    long = max(len(before), len(after)) > _LONG
    texts = [token.text for token in before], [token.text for token in after]
    matcher = SequenceMatcher(None, *texts, autojunk=long)
    runs = matcher.get_matching_blocks()
    left = 2 * sum(run.size for run in runs) / max(len(before) + len(after), 1)
    least = 1 if left >= _SAME_CODE else _LEAST_RUN
    kept = {
        run.a + step: run.b + step for run in runs if run.size >= least for step in range(run.size)
    }
    return Block(span, before, after, kept)


def _tokens(lines: Sequence[str], first: int, last: int) -> Iterator[Token]:
    for number in range(first, min(last, len(lines) + 1)):
        for found in _TOKEN.finditer(lines[number - 1]):
            text = found.group()
            yield Token('"' if text == "'" else text, number, found.start() + 1)


def _is_reformatted(blocks: Sequence[Block]) -> bool:
    """True if many lines changed, and hardly a word in them."""
    lines = sum(block.span.last - block.span.first for block in blocks)
    words = kept = 0
    for block in blocks:
        words += sum(token.text.isalnum() for token in (*block.old, *block.new))
        kept += 2 * sum(block.old[at].text.isalnum() for at in block.kept)
    return lines >= _LEAST_LINES and kept >= _KEPT_WORDS * words
