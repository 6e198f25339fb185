"""The version after one, as it is written; and how far two versions are apart."""

from __future__ import annotations

import pytest
from packaging.version import Version

from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.versioning.scheme import Part, bumped, is_semver, required, step


@pytest.mark.parametrize(
    ("current", "part", "new"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "pre", "1.2.4rc1"),
        ("1.2", "patch", "1.2.1"),
        ("1.2", "minor", "1.3"),
        ("7", "major", "8"),
        ("v1.2.3", "minor", "v1.3.0"),
        ("1!1.2.3", "patch", "1!1.2.4"),
        ("1.2.3.post1", "patch", "1.2.4"),
        ("1.2.3+local", "patch", "1.2.4"),
        ("1.2.4rc1", "pre", "1.2.4rc2"),
        ("1.2.4rc2", "patch", "1.2.4"),
        ("1.3.0rc1", "minor", "1.3.0"),
        ("1.3.1rc1", "minor", "1.4.0"),
        ("2.0.0a1", "major", "2.0.0"),
        ("2.1.0a1", "major", "3.0.0"),
        ("1.2.4.dev3", "patch", "1.2.4"),
        ("1.2.4-rc.1", "pre", "1.2.4-rc.2"),
        ("1.2.4-alpha.1", "pre", "1.2.4-alpha.2"),
    ],
)
def test_the_version_after(current: str, part: str, new: str) -> None:
    assert bumped(current, Part(part)) == new


def test_a_kind_of_pre_release_may_be_named_and_never_goes_back() -> None:
    assert bumped("1.2.3", Part.PRE, pre="a") == "1.2.4a1"
    assert bumped("1.2.4a3", Part.PRE, pre="rc") == "1.2.4rc1"
    with pytest.raises(VersioningError, match="would go back"):
        bumped("1.2.4rc1", Part.PRE, pre="b")
    with pytest.raises(VersioningError, match="PEP 440"):
        bumped("latest", Part.PATCH)


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("1.2.3", "2.0.0", Part.MAJOR),
        ("1.2.3", "1.3.0", Part.MINOR),
        ("1.2.3", "1.2.4", Part.PATCH),
        ("1.2.4rc1", "1.2.4rc2", Part.PRE),
        ("2.0.0rc1", "2.0.0", Part.MAJOR),
        ("1.2.3", "1.2.3", None),
        ("1.2.3", "1.2.2", None),
    ],
)
def test_how_far_two_versions_are_apart(old: str, new: str, made: Part | None) -> None:
    assert step(Version(old), Version(new)) is made


def test_before_the_first_stable_version_a_break_is_a_minor_step() -> None:
    assert required(Part.MAJOR, Version("0.4.2")) is Part.MINOR
    assert required(Part.MAJOR, Version("1.0.0")) is Part.MAJOR


def test_semantic_versions_are_those_of_the_grammar() -> None:
    assert all(map(is_semver, ("1.0.0", "1.0.0-rc.1", "1.0.0-0.x-y+b.01")))
    assert not any(map(is_semver, ("1.0", "1.0.0rc1", "v1.0.0", "01.0.0", "1.0.0-01", "1.0.0\n")))
