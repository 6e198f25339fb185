"""A release moves what was unreleased below its version, and loses nothing."""

from __future__ import annotations

import pytest

from pipeline_mcp.versioning.changelog import drafted, released, section_of, sections, started
from pipeline_mcp.versioning.conventional import change_of, changes_of
from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.versioning.history import Commit

TEXT = """\
# Changelog

Words before.

```
## [9.9.9] - no heading
```

## [Unreleased]

### Added

- A thing.

## [1.0.0] - 2026-01-01

- The first.

<!--
## [8.8.8]
-->

[Unreleased]: https://example.org/shop/compare/v1.0.0...HEAD
[1.0.0]: https://example.org/shop/releases/v1.0.0
"""


def lines(text: str) -> set[str]:
    return {line for line in text.splitlines() if line and not line.startswith("[Unreleased]:")}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_was_unreleased_is_the_entry(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    new = released(text, "1.1.0", "2026-02-02", "", tag="v1.1.0")
    assert [each.name for each in sections(new)] == ["Unreleased", "1.1.0", "1.0.0"]
    entry = section_of(new, "1.1.0")
    assert entry is not None
    assert (entry.date, entry.body(new)) == ("2026-02-02", f"### Added{newline}{newline}- A thing.")
    assert section_of(new, "unreleased").body(new) == ""  # type: ignore[union-attr]
    assert lines(text) <= lines(new)
    assert (
        f"compare/v1.1.0...HEAD{newline}[1.1.0]: https://example.org/shop/compare/v1.0.0..." in new
    )
    assert new.count("\n") == new.count(newline)


def test_an_empty_unreleased_takes_the_draft() -> None:
    text = "# Changelog\n\n## [Unreleased]\n\n## 1.0.0\n\n- First.\n"
    new = released(text, "1.1.0", "2026-02-02", "### Fixed\n\n- A hole.\n", tag="v1.1.0")
    assert new == (
        "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-02-02\n\n### Fixed\n\n- A hole.\n\n"
        "## 1.0.0\n\n- First.\n"
    )


def test_without_an_unreleased_section_the_entry_is_the_newest() -> None:
    new = released("# News\n\n## v1.0\n\n- First.\n", "1.1", "2026-02-02", "- More.", tag="v1.1")
    assert new == "# News\n\n## [1.1] - 2026-02-02\n\n- More.\n\n## v1.0\n\n- First.\n"
    assert released("", "1.1", "2026-02-02", "- More.", tag="v1.1").startswith("## [1.1]")


def test_an_entry_is_never_written_twice() -> None:
    with pytest.raises(VersioningError, match=r"entry for 1\.0\.0"):
        released(TEXT, "1.0.0", "2026-02-02", "", tag="v1.0.0")


def test_a_new_changelog_can_be_released_again() -> None:
    first = started("1.0", "2026-01-01", "- One.")
    second = released(first, "1.1", "2026-02-02", "- Two.", tag="v1.1")
    assert [each.name for each in sections(second)] == ["Unreleased", "1.1", "1.0"]


def commit(subject: str, body: str = "") -> Commit:
    return Commit("0" * 40, subject, body)


def test_conventional_commits_are_drafted_by_section_breaks_first() -> None:
    said = [
        commit("feat(api): add prices"),
        commit("fix: close\x1b[31m the hole"),
        commit("feat!: drop tables"),
        commit("chore: tidy"),
        commit("docs: say more", "BREAKING CHANGE: the names are new\n"),
        commit("Merge something"),
    ]
    text = drafted(changes_of(said))
    assert text == (
        "### Added\n\n- **Breaking:** drop tables\n- **api:** add prices\n\n"
        "### Changed\n\n- **Breaking:** say more (the names are new)\n\n"
        "### Fixed\n\n- close␛[31m the hole\n"
    )


@pytest.mark.parametrize("subject", ["Fix it", "feat:", "feat:no space", "feat(: x", "a b: x", ""])
def test_other_messages_are_not_conventional(subject: str) -> None:
    assert change_of(commit(subject)) is None
