"""Which tools a server offers, and how a client asks for fewer of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_mcp.errors import SettingError

if TYPE_CHECKING:
    from pipeline_mcp.server.served import ServedTool

TOOLSETS_HEADER = "X-Pipeline-Toolsets"
READ_ONLY_HEADER = "X-Pipeline-Read-Only"
_YES = ("true", "1", "yes", "on")
_NO = ("", "false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class Offer:
    """`toolsets` None is all of them; `said_by` is who has narrowed it, and how to undo that."""

    toolsets: frozenset[str] | None = None
    read_only: bool = False
    toolsets_said_by: str = "--toolsets or PIPELINE_TOOLSETS"
    read_only_said_by: str = "--read-only or PIPELINE_READ_ONLY"

    def has(self, tool: ServedTool) -> bool:
        """True if clients see the tool."""
        is_chosen = self.toolsets is None or tool.toolset in self.toolsets
        return is_chosen and not (self.read_only and tool.always_changes)

    def objection(self, tool: ServedTool, arguments: Mapping[str, Any]) -> str | None:
        """Why the tool cannot be called so, and how to get it; None if it can."""
        if self.toolsets is not None and tool.toolset not in self.toolsets:
            return (
                f"{tool.name} is not offered: it belongs to the toolset {tool.toolset}, and "
                f"{self.toolsets_said_by} leaves that out."
            )
        if self.read_only and tool.changes(arguments):
            return (
                f"{tool.name} is not offered: it changes something, and {self.read_only_said_by} "
                "allows only to read."
            )
        return None

    def narrowed(self, headers: Mapping[str, str], known: Collection[str]) -> Offer:
        """What is left by the headers of a request; they cannot add anything.

        Raises:
            SettingError: a header says what means nothing here.
        """
        offer = self
        if (words := headers.get(TOOLSETS_HEADER)) is not None:
            chosen = expect_toolsets(words.split(","), known, said_by=TOOLSETS_HEADER)
            left = chosen if self.toolsets is None else chosen & self.toolsets
            said_by = f"{TOOLSETS_HEADER} ({self.toolsets_said_by})"
            offer = Offer(left, self.read_only, said_by, self.read_only_said_by)
        if _is_yes(headers.get(READ_ONLY_HEADER, "")) and not self.read_only:
            offer = Offer(offer.toolsets, True, offer.toolsets_said_by, READ_ONLY_HEADER)
        return offer


EVERYTHING = Offer()


def expect_toolsets(
    words: Iterable[str], known: Collection[str], *, said_by: str
) -> frozenset[str]:
    """The toolsets that the words name.

    Raises:
        SettingError: there is no such toolset.
    """
    chosen = frozenset(word.strip() for word in words if word.strip())
    if unknown := sorted(chosen - set(known)):
        names = ", ".join(sorted(known))
        raise SettingError(said_by, f"no toolset is called {unknown[0]!r}; they are: {names}")
    return chosen


def _is_yes(word: str) -> bool:
    if (plain := word.strip().lower()) in _YES:
        return True
    if plain in _NO:
        return False
    raise SettingError(READ_ONLY_HEADER, f"say true or false, not {word[:40]!r}")
