"""Versions by PEP 440 and by Semantic Versioning, and the version after one."""

from __future__ import annotations

import re
from enum import StrEnum

from packaging.version import InvalidVersion, Version

from pipeline_mcp.versioning.errors import VersioningError

_NUMBER = r"(?:0|[1-9]\d*)"
_IDENTIFIER = rf"(?:{_NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
# The grammar of semver.org, section 2, 9 and 10.
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
# How a pre-release is written in Semantic Versioning, where one says `rc1` in PEP 440.
_LONG_NAMES = {"a": "alpha", "b": "beta", "rc": "rc"}
_SEMVER_PRE = re.compile(r"\d+\.\d+\.\d+-[A-Za-z]")


class Part(StrEnum):
    """What of a version goes up; larger ones stand last."""

    PRE = "pre"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


_SIZES = tuple(Part)


def largest(parts: list[Part]) -> Part | None:
    """The one that moves the version most."""
    return max(parts, key=_SIZES.index, default=None)


def is_enough(made: Part | None, wanted: Part) -> bool:
    """True if the step that was made is at least the wanted one."""
    return made is not None and _SIZES.index(made) >= _SIZES.index(wanted)


def parsed(text: str) -> Version | None:
    """The version that PEP 440 sees in the text, or None."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def is_semver(text: str) -> bool:
    """True for a version of semver.org; `1.0` and `1.0rc1` are none."""
    return _SEMVER.fullmatch(text) is not None


def bumped(current: str, part: Part, *, pre: str | None = None) -> str:
    """The version after `current`, written as it is: with as many numbers, PEP 440 or SemVer.

    A pre-release becomes the release that it leads to where that is a step of this size. `pre` is
    `a`, `b` or `rc`: the kind of pre-release; without it the kind that it is, or else `rc`.

    Raises:
        VersioningError: the current one is no version, or the kind would go back.
    """
    version = parsed(current)
    if version is None:
        raise VersioningError(f"{current!r} is no version of PEP 440, so there is none after it.")
    width = max(len(version.release), {Part.MAJOR: 1, Part.MINOR: 2}.get(part, 3))
    numbers = [*version.release, *[0] * (width - len(version.release))]
    suffix = ""
    if part is Part.PRE:
        numbers, suffix = _pre(version, numbers, pre, is_semver=bool(_SEMVER_PRE.match(current)))
    elif not (version.is_prerelease and _leads_to(part, numbers)):
        position = {Part.MAJOR: 0, Part.MINOR: 1, Part.PATCH: 2}[part]
        numbers = [*numbers[:position], numbers[position] + 1, *[0] * (width - position - 1)]
    epoch = f"{version.epoch}!" if version.epoch else ""
    lead = "v" if current.startswith("v") else ""
    return f"{lead}{epoch}{'.'.join(map(str, numbers))}{suffix}"


def step(old: Version, new: Version) -> Part | None:
    """The largest part that went up from `old` to `new`; None if nothing did.

    The final release of a pre-release is the step that the pre-release began.
    """
    if new <= old:
        return None
    before, after = (tuple([*each.release, 0, 0, 0][:3]) for each in (old, new))
    if old.epoch != new.epoch or before[0] != after[0]:
        return Part.MAJOR
    if before[1] != after[1]:
        return Part.MINOR
    if before != after:
        return Part.PATCH
    if old.is_prerelease and not new.is_prerelease:
        return _began(list(before))
    return Part.PRE


def required(part: Part, version: Version) -> Part:
    """What SemVer asks of a step from `version`: before 1.0 a break is a minor step."""
    return Part.MINOR if part is Part.MAJOR and version.major == 0 else part


def _leads_to(part: Part, numbers: list[int]) -> bool:
    """True if the release of this pre-release is such a step: 2.0.0rc1 leads to a major one."""
    return part is Part.PATCH or is_enough(_began(numbers), part)


def _began(numbers: list[int]) -> Part:
    if not any(numbers[1:]):
        return Part.MAJOR
    return Part.PATCH if any(numbers[2:]) else Part.MINOR


def _pre(
    version: Version, numbers: list[int], wanted: str | None, *, is_semver: bool
) -> tuple[list[int], str]:
    kind, number = version.pre or ("rc" if wanted is None else wanted, 0)
    if not version.is_prerelease:
        numbers = [*numbers[:-1], numbers[-1] + 1]
    if wanted is not None and wanted != kind:
        if version.pre and list(_LONG_NAMES).index(wanted) < list(_LONG_NAMES).index(kind):
            raise VersioningError(f"{wanted} comes before {kind}: {version} would go back.")
        kind, number = wanted, 0
    suffix = f"-{_LONG_NAMES[kind]}.{number + 1}" if is_semver else f"{kind}{number + 1}"
    return numbers, suffix
