"""The result of a campaign, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chaos.breach import Breach
from chaos.by_kind import ends, hits
from chaos.campaign import Record
from chaos.facts import Facts
from chaos.load import Accepted
from chaos.recovery import Row
from chaos.verdict import reasons_of

_HEADINGS = (
    ("fault", "kind"),
    ("injected", "injected"),
    ("sessions hit", "hit"),
    ("recovered", "recovered"),
    ("of these incomplete", "incomplete"),
    ("cancelled", "cancelled"),
    ("lost", "lost"),
    ("duplicated", "duplicated"),
    ("median s", "median"),
    ("p95 s", "p95"),
)
_LONGEST_REASON = 120


@dataclass(frozen=True)
class Outcome:
    """All that a campaign has to say."""

    seed: int
    seconds: float
    rows: Sequence[Row]
    breaches: Sequence[Breach]
    record: Record
    facts: Facts
    accepted: Sequence[Accepted]
    ended_by_themselves: dict[str, list[str]]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [[heading for heading, _ in _HEADINGS]]
    lines += [[_cell(getattr(row, name)) for _, name in _HEADINGS] for row in rows]
    return markdown(lines)


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """The lines, of which the first has the headings, as a Markdown table."""
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    made = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    made.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(made)


def text(outcome: Outcome) -> str:
    """What the program prints."""
    statuses = Counter(each.status for each in outcome.facts.sessions.values())
    doors = Counter(each.door for each in outcome.accepted)
    refused = sum(each.refused for each in outcome.accepted)
    parts = [
        f"seed {outcome.seed}, {len(outcome.record.struck)} faults, "
        f"{len(outcome.facts.sessions)} sessions, {outcome.seconds:.0f} s",
        f"accepted: {_counts(doors)}; {refused} calls were refused and tried again",
        f"ended: {_counts(statuses)}",
        "",
        table(outcome.rows),
        "",
        markdown(ends(outcome.facts)),
        "",
        markdown(hits(outcome.record.struck, outcome.facts)),
        "",
        *_asides(outcome),
        *(f"BREACH {one.rule}: {one.session_id}: {one.detail}" for one in outcome.breaches),
        f"{len(outcome.breaches)} breaches",
    ]
    return "\n".join(parts)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Everything, with each fault."""
    facts = outcome.facts
    return {
        "seed": outcome.seed,
        "seconds": round(outcome.seconds, 1),
        "rows": [_row_as_json(row) for row in outcome.rows],
        "breaches": [asdict(one) for one in outcome.breaches],
        "faults": [
            {
                **asdict(each),
                "affected": sorted(each.affected),
                "units": [asdict(unit) for unit in each.units],
            }
            for each in outcome.record.struck
        ],
        "passed_over": outcome.record.passed_over,
        "sessions": [
            {**asdict(each), "reasons": _reasons(facts, each.session_id)}
            for each in facts.sessions.values()
        ],
        "accepted": [asdict(each) for each in outcome.accepted],
        "ended_by_themselves": outcome.ended_by_themselves,
    }


def _row_as_json(row: Row) -> dict[str, Any]:
    data = asdict(row) | {"median": row.median, "p95": row.p95}
    del data["seconds"]
    return data


def _reasons(facts: Facts, session_id: str) -> list[str]:
    is_incomplete = facts.sessions[session_id].status == "incomplete"
    return reasons_of(facts, session_id) if is_incomplete else []


def _asides(outcome: Outcome) -> list[str]:
    said = []
    for (kind, reason), count in Counter(outcome.record.passed_over).items():
        said.append(f"not injected: {kind}, {count} times: {reason}")
    for program, deaths in outcome.ended_by_themselves.items():
        said.append(f"{program} ended by itself {len(deaths)} times")
    why = Counter(
        " ".join(reason.split())[:_LONGEST_REASON]
        for session_id in outcome.facts.sessions
        for reason in _reasons(outcome.facts, session_id)
    )
    said += [f"incomplete because of: {reason} ({count})" for reason, count in why.most_common()]
    return said


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counted.items())) or "none"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
