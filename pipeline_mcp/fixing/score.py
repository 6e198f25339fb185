"""The quality score: how free of findings the files are, from 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES

# How many findings of the least severity one of each severity weighs.
WEIGHTS = {Severity.ERROR: 10, Severity.WARNING: 3, Severity.INFO: 1}
_BEST = 100.0


def quality_score(
    new_findings: Mapping[Severity, int], files: int, outcomes: Iterable[str | None]
) -> float:
    """100 without findings, 50 at one of the least severity for every file, towards 0 beyond.

    With `w` the weights of all new findings together, it is `100 / (1 + w / files)`, rounded
    down to a tenth, so that only the absence of findings is 100. `files` are those of the
    session's first snapshot that it was asked about: fewer findings never lower the score. A
    unit that did not end makes it 0: nobody knows what it would have found.
    """
    if any(outcome is None or outcome in INCOMPLETE_OUTCOMES for outcome in outcomes):
        return 0.0
    weight = sum(WEIGHTS[severity] * count for severity, count in new_findings.items())
    return math.floor(10 * _BEST / (1 + weight / max(files, 1))) / 10
