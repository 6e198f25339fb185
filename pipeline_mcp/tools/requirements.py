"""Reads requirements files: which exact versions they pin, and what else they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging import requirements
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\S+")
_INCLUDE = re.compile(r"(?:-r|--requirement)[=\s]*(\S.*)")
# Options of the installer that ask for no package.
_PLAIN_OPTION = re.compile(
    r"(-i|--index-url|--pypi-url|--extra-index-url|--no-index|-f|--find-links|--no-binary|"
    r"--only-binary|--prefer-binary|--require-hashes|--pre|--trusted-host|--use-feature|"
    r"-c|--constraint)\b"
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One logical line: `text` without comment and hashes, `line` where it begins, from 1.

    `name` and `version`, both normalised, are empty unless it pins one exact version;
    `included` is the file that the line includes, as it is written there.
    """

    line: int
    text: str
    name: str = ""
    version: str = ""
    included: str = ""


def read_requirements(source: str) -> Iterator[Requirement]:
    """What a requirements file asks for, in its order; the installer's options are left out."""
    for line, text in _logical_lines(source):
        cleaned = _HASH.sub("", text).strip()
        if not cleaned or _PLAIN_OPTION.match(cleaned):
            continue
        if include := _INCLUDE.fullmatch(cleaned):
            yield Requirement(line, cleaned, included=include[1])
        else:
            yield Requirement(line, cleaned, *_pin(cleaned))


def _pin(text: str) -> tuple[str, str]:
    """The normalised name and the exact version, or two empty strings."""
    try:
        requirement = requirements.Requirement(text)
        (specifier,) = requirement.specifier
        if specifier.operator not in ("==", "==="):
            return "", ""
        # `1.*` is no version, so a pattern is no pin.
        return canonicalize_name(requirement.name), str(Version(specifier.version))
    except (requirements.InvalidRequirement, InvalidVersion, ValueError):
        return "", ""


def _logical_lines(source: str) -> Iterator[tuple[int, str]]:
    start, pending = 0, ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", source), start=1):
        text = _COMMENT.sub("", line)
        start = start if pending else number
        if text.endswith("\\"):
            pending += text[:-1] + " "
            continue
        yield start, pending + text
        pending = ""
    if pending:
        yield start, pending
