from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.fixing.score import quality_score

counts = st.fixed_dictionaries({severity: st.integers(0, 10_000) for severity in Severity})


def test_no_findings_are_a_hundred_and_one_note_for_every_file_is_fifty() -> None:
    assert quality_score({}, 10, [Outcome.OK]) == 100.0
    assert quality_score({Severity.INFO: 10}, 10, [Outcome.OK]) == 50.0


def test_a_unit_that_did_not_end_is_never_good() -> None:
    for outcome in (Outcome.TIMEOUT, Outcome.TOOL_ERROR, None):
        assert quality_score({}, 10, [Outcome.OK, outcome]) == 0.0


@given(counts, st.sampled_from(Severity), st.integers(0, 100_000))
def test_fewer_findings_never_lower_it_and_any_finding_shows(
    found: dict[Severity, int], severity: Severity, files: int
) -> None:
    more = found | {severity: found[severity] + 1}
    assert 0 <= quality_score(more, files, []) <= quality_score(found, files, []) <= 100
    assert quality_score(more, files, []) < 100
