"""A changelog in the manner of Keep a Changelog: read, drafted, and released without a loss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline_mcp.versioning.conventional import Change
from pipeline_mcp.versioning.errors import VersioningError

_HEADING = re.compile(r"##[ \t]+\[?v?([^\]\s()]+)")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_REFERENCE = re.compile(r"\[[^\]\n]+\]:[ \t]*\S")
_LINK = re.compile(
    r"^(\[unreleased\]:[ \t]*)(\S+?/compare/)(\S+?)\.\.\.(\S+)(?=[ \t]*\r?$)", re.I | re.M
)
_UNRELEASED = "unreleased"
_ORDER = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


@dataclass(frozen=True, slots=True)
class Section:
    """The part of one version: its heading's span, and its end; `date` is None if not told."""

    name: str
    date: str | None
    start: int
    heading_end: int
    end: int

    def body(self, text: str) -> str:
        """What stands below the heading."""
        return text[self.heading_end : self.end].strip()


def sections(text: str) -> list[Section]:
    """All sections of the text, as they stand; headings in code blocks and comments are none."""
    headings: list[tuple[re.Match[str], str, int]] = []
    end = len(text)
    for start, line in _shown_lines(text):
        if heading := _HEADING.match(line):
            headings.append((heading, line, start))
            end = len(text)
        elif end == len(text) and headings and _REFERENCE.match(line):
            end = start  # links at the end of the file belong to no version
    ends = [start for _, _, start in headings[1:]] + [end]
    return [
        Section(name[1], _date(line), start, start + len(line.rstrip("\r\n")), each)
        for (name, line, start), each in zip(headings, ends, strict=False)
    ]


def _shown_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that a reader sees as text, with their positions."""
    position, fence, is_comment = 0, "", False
    for line in text.splitlines(keepends=True):
        mark = line.lstrip()[:3]
        if not is_comment and mark in ("```", "~~~") and (not fence or mark == fence):
            fence = "" if fence else mark
        elif not fence:
            is_comment = is_comment or line.lstrip().startswith("<!--")
            if not is_comment:
                yield position, line
            is_comment = is_comment and "-->" not in line
        position += len(line)


def _date(heading: str) -> str | None:
    found = _DATE.search(heading)
    return found.group() if found else None


def section_of(text: str, version: str) -> Section | None:
    """The section of a version, or of `unreleased`."""
    wanted = version.lower().removeprefix("v")
    return next((each for each in sections(text) if each.name.lower() == wanted), None)


def drafted(changes: Iterable[Change]) -> str:
    """The body of an entry: sections in their usual order, breaking changes first in each."""
    entries: dict[str, list[Change]] = {}
    for change in changes:
        if change.section is not None:
            entries.setdefault(change.section, []).append(change)
    parts = []
    for name in _ORDER:
        rows = sorted(entries.get(name, ()), key=lambda change: change.breaking is None)
        if rows:
            parts.append(f"### {name}\n\n" + "".join(map(_line, rows)))
    return "\n".join(parts)


def released(text: str, version: str, date: str, draft: str, *, tag: str) -> str:
    """The text with what was unreleased as the entry of `version`, and an empty Unreleased above.

    Where nothing was written as unreleased, `draft` is the entry. `tag` is for the links that
    compare versions. All that stood in the text stands in it still.

    Raises:
        VersioningError: there is an entry of this version already.
    """
    if section_of(text, version) is not None:
        raise VersioningError(
            f"The changelog has an entry for {version} already.",
            next_step="Give it another version, or remove the entry.",
        )
    newline = "\r\n" if "\r\n" in text else "\n"
    unreleased = section_of(text, _UNRELEASED)
    if unreleased is None:
        return _inserted(text, version, date, draft, newline)
    heading = f"## [{version}] - {date}"
    body = unreleased.body(text)
    added = "" if body else f"{newline}{newline}{_with(newline, draft or '- No changes are told.')}"
    kept = text[unreleased.start : unreleased.heading_end]
    entry = f"{kept}{newline}{newline}{heading}{added.rstrip()}"
    rest = text[unreleased.heading_end :] if body else _spaced(text, unreleased, newline)
    return _with_links(text[: unreleased.start] + entry + rest, version, tag, newline)


def started(version: str, date: str, draft: str) -> str:
    """A new changelog with this entry."""
    head = "# Changelog\n\nAll notable changes, in the manner of [Keep a Changelog]"
    link = "(https://keepachangelog.com/en/1.1.0/).\n\n## [Unreleased]\n\n"
    body = (draft or "- The first entry.").rstrip()
    return f"{head}{link}## [{version}] - {date}\n\n{body}\n"


def _spaced(text: str, empty: Section, newline: str) -> str:
    rest = text[empty.end :].lstrip("\r\n")
    return f"{newline}{newline}{rest}" if rest else newline


def _inserted(text: str, version: str, date: str, draft: str, newline: str) -> str:
    """Above the newest entry, or at the end of a text without any."""
    known = sections(text)
    position = known[0].start if known else len(text)
    body = _with(newline, (draft or "- No changes are told.").rstrip())
    before, after = text[:position], text[position:]
    gap = "" if not before or before.endswith(newline * 2) else newline
    gap = gap if before.endswith(newline) or not before else newline * 2
    end = newline * 2 if after else newline
    return f"{before}{gap}## [{version}] - {date}{newline}{newline}{body}{end}{after}"


def _with_links(text: str, version: str, tag: str, newline: str) -> str:
    """`[Unreleased]: …/compare/v1.0...HEAD` compares with the new tag, which gets a link itself."""

    def both(link: re.Match[str]) -> str:
        name, url, old, head = link.groups()
        return f"{name}{url}{tag}...{head}{newline}[{version}]: {url}{old}...{tag}"

    return _LINK.sub(both, text, count=1)


def _line(change: Change) -> str:
    scope = f"**{change.scope}:** " if change.scope else ""
    if change.breaking is None:
        return f"- {scope}{change.text}\n"
    more = "" if change.breaking == change.text else f" ({change.breaking})"
    return f"- **Breaking:** {scope}{change.text}{more}\n"


def _with(newline: str, text: str) -> str:
    return text if newline == "\n" else text.replace("\n", newline)
