"""What the suite found, as the tables of docs/conformance.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.suite import PASS_FOR_NOTHING, REVISIONS, Scenario, Verdict

DOCUMENT = Path(__file__).parents[2] / "docs" / "conformance.md"
_BEGIN, _END = "<!-- begin: make conformance -->\n", "<!-- end: make conformance -->\n"

# By server ("bare" or "with fixtures") and revision.
Verdicts = Mapping[tuple[str, str], Verdict]


def tables(verdicts: Verdicts) -> str:
    """The counts, and then a table of scenarios for each revision."""
    return "\n".join([*_counts(verdicts), *_details(verdicts)]) + "\n"


def published() -> str:
    """The tables that the document has."""
    return DOCUMENT.read_text().partition(_BEGIN)[2].partition(_END)[0].strip() + "\n"


def publish(text: str) -> None:
    """Put these tables into the document."""
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    DOCUMENT.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}")


def _counts(verdicts: Verdicts) -> Iterator[str]:
    yield "| revision | required | bare server | with fixture tools | Tasks, with fixture tools |"
    yield "|---|---|---|---|---|"
    for revision in REVISIONS:
        bare, full = verdicts["bare", revision], verdicts["with fixtures", revision]
        honest = [one for one in bare.scored if one.passed and one.name not in PASS_FOR_NOTHING]
        passed = [one for one in full.scored if one.passed]
        tasks = [one for one in full.tasks if one.checks]
        of_tasks = f"{sum(one.passed for one in tasks)} of {len(tasks)}" if tasks else "none"
        required = len(full.scored)
        yield (
            f"| {revision} | {required} | {len(honest)} | {len(passed)} of {required} "
            f"({sum(one.checks for one in full.scored)} checks) | {of_tasks} |"
        )


def _details(verdicts: Verdicts) -> Iterator[str]:
    for revision in REVISIONS:
        bare, full = verdicts["bare", revision], verdicts["with fixtures", revision]
        yield from ("", f"### {revision}", "")
        yield "| scenario | bare server | with fixture tools |"
        yield "|---|---|---|"
        for one, other in zip(bare.scenarios, full.scenarios, strict=True):
            name = one.name if one.is_scored else f"{one.name} (not required)"
            yield f"| {name} | {_bare_word(one)} | {_word(other)} |"


def _bare_word(scenario: Scenario) -> str:
    if scenario.passed and scenario.name in PASS_FOR_NOTHING:
        return "passes for nothing"
    return "passed" if scenario.passed else _no_word(scenario, "needs a fixture")


def _word(scenario: Scenario) -> str:
    return "passed" if scenario.passed else _no_word(scenario, "failed")


def _no_word(scenario: Scenario, word: str) -> str:
    return word if scenario.checks else "checks nothing"
