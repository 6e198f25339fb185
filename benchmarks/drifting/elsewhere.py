"""Code that left its place: several lines that went out here and came in there in one commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from drifting.alignment import Alignment, squeezed

# Fewer lines, or shorter ones, may be equal by chance.
_LEAST_LINES = 3
_LEAST_CHARACTERS = 40
_LEAST_SEED = 8

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FilePair:
    """A file before and after; the path is None where there is none, and one text is empty then.

    `alignment` is None if nothing changed.
    """

    old: str | None
    new: str | None
    alignment: Alignment | None


def moved_lines(files: Iterable[FilePair]) -> dict[Place, Place]:
    """Old places to new ones, of blocks of lines that are equal but for their white space.

    A block grows from a line that went out once and came in once.
    """
    out, into = _changed(files)
    seeds, targets = _unique(out), _unique(into)
    moved: dict[Place, Place] = {}
    for text in sorted(seeds.keys() & targets.keys()):
        if seeds[text] in moved:
            continue
        block = list(_grown(seeds[text], targets[text], out, into))
        if _is_telling([out[at] for at, _ in block]):
            moved.update(block)
    return moved


def surroundings(
    files: Iterable[FilePair],
) -> tuple[
    Mapping[str, Sequence[str]],
    Mapping[str, Sequence[str]],
    Callable[[str, int], Place | None],
    Callable[[str, int], Place | None],
]:
    """The lines of each changed file on both sides, and the place where a line is to be found.

    A place that is the same on both sides is a line outside of hunks, or a hunk as a whole.
    """
    changed = [pair for pair in files if pair.alignment is not None]
    by_old = {pair.old: pair for pair in changed if pair.old}
    by_new = {pair.new: pair for pair in changed if pair.new}

    def old_place(path: str, line: int) -> Place | None:
        pair = by_old.get(path)
        if pair is None or pair.alignment is None:
            return None
        block = pair.alignment.block(line)
        target = pair.alignment.line(line) if block is None else -block.span.new_first
        return pair.new or "", target or 0

    def new_place(path: str, line: int) -> Place | None:
        pair = by_new.get(path)
        if pair is None or pair.alignment is None:
            return None
        spans = (block.span for block in pair.alignment.blocks)
        inside = (span.new_first for span in spans if span.new_first <= line < span.new_last)
        return path, -next(inside, -line)

    lines = {path: pair.alignment.old for path, pair in by_old.items() if pair.alignment}
    new_lines = {path: pair.alignment.new for path, pair in by_new.items() if pair.alignment}
    return lines, new_lines, old_place, new_place


def _changed(files: Iterable[FilePair]) -> tuple[dict[Place, str], dict[Place, str]]:
    """The lines that went out and those that came in, with their places."""
    out: dict[Place, str] = {}
    into: dict[Place, str] = {}
    for pair in files:
        if pair.alignment is None:
            continue
        for block in pair.alignment.blocks:
            span = block.span
            if pair.old is not None:
                _add(out, pair.old, pair.alignment.old, span.first, span.last)
            if pair.new is not None:
                _add(into, pair.new, pair.alignment.new, span.new_first, span.new_last)
    return out, into


def _add(places: dict[Place, str], path: str, lines: Sequence[str], first: int, last: int) -> None:
    for number in range(first, min(last, len(lines) + 1)):
        places[path, number] = squeezed(lines[number - 1])


def _unique(places: Mapping[Place, str]) -> dict[str, Place]:
    """Texts that are there once and are not too short, and where."""
    counts = Counter(places.values())
    return {
        text: at for at, text in places.items() if counts[text] == 1 and len(text) >= _LEAST_SEED
    }


def _grown(
    start: Place, target: Place, out: Mapping[Place, str], into: Mapping[Place, str]
) -> Iterator[tuple[Place, Place]]:
    for direction in (1, -1):
        step = 0 if direction == 1 else -1
        while True:
            one, other = (start[0], start[1] + step), (target[0], target[1] + step)
            if one not in out or out[one] != into.get(other):
                break
            yield one, other
            step += direction


def _is_telling(lines: Sequence[str]) -> bool:
    return len(lines) >= _LEAST_LINES and sum(map(len, lines)) >= _LEAST_CHARACTERS
