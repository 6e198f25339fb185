"""`session_findings`: filters, counts, and cursors that hold while more arrives."""

from __future__ import annotations

from typing import Any

import pytest
from fixtures.answers import AN_ID, Call, envelope, refusal, store_session
from fixtures.reports import make_finding

from pipeline_mcp.db import findings
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.tables import finding
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.domain.unit import Unit

OTHER_ID = "pipeline-1790000000-0a1b2c3e"


def ask(call: Call, **arguments: Any) -> dict[str, Any]:
    answer = envelope(call("session_findings", session_id=AN_ID, **arguments))
    assert (answer["tool"], answer["session_id"]) == ("session_findings", AN_ID)
    results: dict[str, Any] = answer["results"]
    return results


def places(results: dict[str, Any]) -> list[str]:
    return [f"{each['path']}:{each['line']}" for each in results["findings"]]


def arrive(*found: Finding) -> None:
    unit = Unit("k" * 64, AN_ID, 1, "ruff", 0, ("a.py",))
    with transaction() as connection:
        findings.insert(connection, unit, found)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["src/a.py:2", "tests/a.py:4", "src/b.py:3", "src/a.py:1"]),
        ({"paths": ["src/*"]}, ["src/a.py:2", "src/b.py:3", "src/a.py:1"]),
        ({"paths": ["*b.py", "tests/*"]}, ["tests/a.py:4", "src/b.py:3"]),
        ({"tools": ["mypy"]}, ["src/b.py:3"]),
        ({"rules": ["E1", "S1"]}, ["tests/a.py:4"]),
        ({"severities": ["error"]}, ["src/a.py:2", "src/a.py:1"]),
        ({"new_only": True}, ["src/a.py:2", "tests/a.py:4", "src/b.py:3"]),
        ({"new_only": True, "paths": ["src/a.py"]}, ["src/a.py:2"]),
        ({"tools": ["nothing"]}, []),
    ],
)
def test_all_conditions_must_hold(call: Call, filters: dict[str, Any], found: list[str]) -> None:
    store_session(
        make_finding("src/a.py", 1, is_new=False),
        make_finding("src/a.py", 2),
        make_finding("src/b.py", 3, tool="mypy", severity=Severity.INFO),
        make_finding("tests/a.py", 4, rule="E1", severity=Severity.WARNING),
    )
    results = ask(call, **filters)
    assert places(results) == found
    assert results["counts"]["total"] == len(found)
    assert sum(results["counts"]["by_rule"].values()) == len(found)


def test_pages_have_every_finding_once_however_many_arrive_meanwhile(call: Call) -> None:
    store_session(*(make_finding(f"f{n:02}.py") for n in range(10, 30)), status=None)
    filters = {"severities": ["error"], "limit": 7}
    page = ask(call, **filters)
    seen = places(page)
    arrive(make_finding("a.py"), make_finding("z.py"))
    while page["cursor"]:
        page = ask(call, cursor=page["cursor"], **filters)
        seen += places(page)
    assert seen == [*(f"f{n:02}.py:1" for n in range(10, 30)), "z.py:1"]
    assert any("2 findings came since the first page" in each for each in page["notices"])


def test_a_cursor_whose_finding_is_gone_says_that_it_is_stale(call: Call) -> None:
    store_session(*(make_finding(f"f{n}.py") for n in range(3)))
    cursor = ask(call, limit=1)["cursor"]
    with transaction() as connection:
        connection.execute(finding.delete())
    said = refusal(call("session_findings", session_id=AN_ID, limit=1, cursor=cursor))
    assert said == (
        "cursor: it is stale: the finding that it points behind is gone Ask again without a cursor."
    )


def test_a_cursor_belongs_to_its_session_and_its_filters(call: Call) -> None:
    store_session(*(make_finding(f"f{n}.py") for n in range(3)))
    store_session(make_finding(), session_id=OTHER_ID)
    cursor = ask(call, limit=1)["cursor"]
    for arguments in ({"session_id": OTHER_ID}, {"session_id": AN_ID, "new_only": True}):
        said = refusal(call("session_findings", cursor=cursor, **arguments))
        assert "another session, other filters" in said


@pytest.mark.parametrize("cursor", ["", "x", "é", "MS4y", "9" * 4_000, "../../etc/passwd"])
def test_what_is_no_cursor_is_refused(call: Call, cursor: str) -> None:
    store_session(make_finding())
    assert refusal(call("session_findings", session_id=AN_ID, cursor=cursor)).startswith("cursor: ")


def test_the_findings_of_somebody_else_are_not_there(call: Call) -> None:
    store_session(make_finding(), principal="ada")
    assert ask(call)["counts"]["total"] == 1  # whoever uses the machine may see everything
