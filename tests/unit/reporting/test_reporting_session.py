from __future__ import annotations

from dataclasses import replace

from fixtures.reports import HOSTILE, SESSION_ID, make_finding

from pipeline_mcp.domain.query import FindingCounts, FindingPage
from pipeline_mcp.domain.session import (
    SessionRequest,
    SessionStatus,
    SessionView,
    Stage,
    UnitCount,
)
from pipeline_mcp.reporting.session import (
    page_document,
    page_footer,
    page_text,
    session_document,
    session_text,
    sessions_text,
)

SESSION = SessionView(
    session_id=SESSION_ID,
    workspace="/work/project",
    status=SessionStatus.RUNNING,
    stage=Stage.SCAN,
    units=UnitCount(done=3, total=12),
    created_at=1_790_000_000.25,
    updated_at=1_790_000_001.0,
    finished_at=None,
    snapshot_id=None,
    error=None,
    request=SessionRequest("/work/project", "here"),
)


def test_a_session_is_an_object_with_utc_times() -> None:
    assert session_document(SESSION) == {
        "session_id": SESSION_ID,
        "status": "running",
        "stage": "scan",
        "queue_position": None,
        "units": {"done": 3, "total": 12},
        "created_at": "2026-09-21T14:13:20.250Z",
        "updated_at": "2026-09-21T14:13:21.000Z",
        "finished_at": None,
        "workspace": "/work/project",
        "snapshot": None,
        "error": None,
    }


def test_a_running_session_says_its_stage_and_a_final_one_its_status() -> None:
    final = replace(SESSION, status=SessionStatus.INCOMPLETE, finished_at=1_790_000_004.25)
    assert "status     running, scan\nunits      3 of 12 done\n" in session_text(SESSION)
    text = session_text(replace(final, error="it\nbroke"))
    assert "status     incomplete\n" in text
    assert "after 4.0 s\n" in text
    assert "error      it broke\n" in text


def test_a_session_that_waits_to_be_let_in_says_its_place() -> None:
    waiting = replace(SESSION, status=SessionStatus.QUEUED, queue_position=3)
    assert "status     queued at position 3\n" in session_text(waiting)
    assert "  queued at position 3  " in sessions_text([waiting])
    assert session_document(waiting)["queue_position"] == 3


def test_sessions_are_lines() -> None:
    assert sessions_text([]) == "There are no sessions yet.\n"
    (line,) = sessions_text([replace(SESSION, workspace=HOSTILE)]).splitlines()
    assert line.startswith(SESSION_ID)
    assert "running, scan" in line
    assert "\x1b" not in line


def test_a_page_of_findings_is_one_line_each_and_says_how_to_go_on() -> None:
    findings = (make_finding(message="one\ntwo"), make_finding("", 0))
    counts = FindingCounts(9, 8, {"error": 9}, {"ruff": 9}, {"ruff F401": 9})
    page = FindingPage(findings, ("a", "b"), counts, "b")
    assert page_text(page).splitlines() == [
        "pkg/a.py:1:8: error: one two (ruff F401)",
        "the whole program: error: `os` imported but unused (ruff F401)",
    ]
    assert page_footer(page) == "9 findings in all; the next ones: --cursor b"
    assert page_footer(replace(page, cursor=None)) == "9 findings in all"
    grown = replace(page, cursor=None, arrived=2)
    assert page_footer(grown) == "9 findings in all, 2 of them new since the first page"
    document = page_document(SESSION_ID, page)
    assert (document["total"], document["new"], document["cursor"]) == (9, 8, "b")
    assert document["by_rule"] == {"ruff F401": 9}
    assert [each["rule"] for each in document["findings"]] == ["F401", "F401"]
