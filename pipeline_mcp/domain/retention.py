"""How long things are kept, and what is said of those that go."""

from __future__ import annotations

from dataclasses import dataclass

# What was stored or wanted within this time is never removed: it must be longer than any
# snapshot takes from its first question to the store until its manifest is written; seconds.
GRACE_SECONDS = 24 * 3600.0
# Who wants a thing that is older notes it: at most two writes a day for each, instead of one
# for each look, and at least this much time until it may be removed.
REFRESH_SECONDS = GRACE_SECONDS / 2


@dataclass(frozen=True, slots=True)
class Removed:
    """What went of one kind, or would go: how many, and their size in bytes."""

    kind: str
    count: int = 0
    bytes: int = 0

    def plus(self, count: int, size: int) -> Removed:
        """As many more, of `size` bytes together."""
        return Removed(self.kind, self.count + count, self.bytes + size)
