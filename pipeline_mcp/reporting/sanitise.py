"""Make what a terminal or a reader would not see visible in text from a repository."""

from __future__ import annotations

import re

# Controls (they move the cursor, ring, recolour), direction overrides (they reorder what is
# read), invisible letters, other line ends, tag characters and lone surrogates.
_HAZARD = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_FIRST_PICTURE = 0x2400
_TAB = "    "


def visible(text: str) -> str:
    """`text` with every hazardous character replaced by a picture (`␛`) or its number (`<U+202E>`).

    Line ends and tabs are hazards too: the result is one line.
    """
    return _HAZARD.sub(_picture, text)


def visible_lines(text: str) -> list[str]:
    """The lines of `text`, each visible, tabs as four spaces, empty ones at the end left out."""
    lines = text.rstrip().replace("\r\n", "\n").split("\n")
    return [visible_code(line) for line in lines]


def visible_code(line: str) -> str:
    """One line of source, visible, tabs as four spaces."""
    return visible(line.replace("\t", _TAB))


def one_line(text: str) -> str:
    """A message on one line: its lines joined by a space, visible."""
    return " ".join(line.strip() for line in visible_lines(text))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(_FIRST_PICTURE + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"
