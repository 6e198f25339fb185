"""What was hit and how it ended, by the kind of session."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from chaos.campaign import Struck
from chaos.facts import Facts
from chaos.kinds import Kind

_ENDS = ("passed", "failed", "incomplete", "cancelled")


def hits(struck: Iterable[Struck], facts: Facts) -> list[list[str]]:
    """For each fault how many sessions of each kind it hit; the first line has the headings."""
    counted: defaultdict[str, Counter[Kind]] = defaultdict(Counter)
    for each in struck:
        known = (facts.sessions[one].kind for one in each.affected if one in facts.sessions)
        counted[each.kind].update(known)
    lines = [[fault, *(f"{counted[fault][kind]}" for kind in Kind)] for fault in sorted(counted)]
    total = sum(counted.values(), Counter[Kind]())
    return [["fault", *Kind], *lines, ["all", *(f"{total[kind]}" for kind in Kind)]]


def ends(facts: Facts) -> list[list[str]]:
    """For each kind how its sessions ended, and what was brought into workspaces and taken back."""
    made = [["sessions", "all", *_ENDS, "candidates", "fixes", "files patched", "applies", "undos"]]
    for kind in Kind:
        ours = [each for each in facts.sessions.values() if each.kind is kind]
        ids = [each.session_id for each in ours]
        ended = Counter(each.status for each in ours)
        fixes = facts.fixes
        counts = (
            len(ours),
            *(ended[word] for word in _ENDS),
            sum(len(fixes.candidates[one]) for one in ids),
            sum(fixes.steps[one]["accepted"] for one in ids),
            sum(len(fixes.patches[one].changes) for one in ids if one in fixes.patches),
            sum(fixes.done[one, "apply"] for one in ids),
            sum(fixes.done[one, "undo"] for one in ids),
        )
        made.append([kind, *map(str, counts)])
    return made
