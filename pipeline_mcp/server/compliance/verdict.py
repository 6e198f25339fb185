"""What a check came to, and what all of them add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check in one revision; `problem` is empty where it passed, `advice` what would help."""

    check: str
    revision: str
    problem: str = ""
    advice: str = ""

    @property
    def passed(self) -> bool:
        """True without a problem."""
        return not self.problem


def score(verdicts: Sequence[Verdict]) -> float:
    """How many of a hundred checks passed; each counts the same. 0 where nothing was checked."""
    if not verdicts:
        return 0.0
    return round(100.0 * sum(each.passed for each in verdicts) / len(verdicts), 1)


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The score, the checks by name, and each problem and each advice once."""
    return {
        "compliance_score": score(verdicts),
        "checks": _checks(verdicts),
        "issues": _once(
            f"{each.check} ({each.revision}): {each.problem}" for each in verdicts if each.problem
        ),
        "recommendations": _once(each.advice for each in verdicts if each.problem and each.advice),
    }


def text(results: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"{results['server_name']}: {results['compliance_score']:g} of 100"]
    lines += map(_line, results["checks"])
    lines += [f"issue: {issue}" for issue in results["issues"]]
    lines += [f"do: {advice}" for advice in results["recommendations"]]
    return "".join(f"{line}\n" for line in lines)


def _line(check: dict[str, Any]) -> str:
    count = f"{check['passed']}/{check['total']}"
    return f"{check['status']:<7} {check['revision']} {count:>6} {check['check']}"


def _checks(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], list[bool]] = {}
    for each in verdicts:
        found.setdefault((each.check, each.revision), []).append(each.passed)
    return [
        {
            "check": check,
            "revision": revision,
            "status": "passed" if all(passed) else "failed",
            "passed": sum(passed),
            "total": len(passed),
        }
        for (check, revision), passed in found.items()
    ]


def _once(sentences: Any) -> list[str]:
    return list(dict.fromkeys(sentences))
