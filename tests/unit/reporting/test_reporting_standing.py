from __future__ import annotations

from dataclasses import replace

from fixtures.reports import HOSTILE, SESSION_ID

from pipeline_mcp.domain.session import (
    Lease,
    SessionRequest,
    SessionStatus,
    SessionView,
    Stage,
    Standing,
    UnitCount,
)
from pipeline_mcp.reporting.session import session_document, session_text
from pipeline_mcp.reporting.standing import standing_document, standing_text

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
LEASE = Lease("mypy", "here:17:0a1b", attempt=2, seconds_left=24.6)
STANDING = Standing(SESSION, attempts=5, sent=1, leases=(LEASE,))


def test_the_document_adds_to_the_sessions() -> None:
    document = standing_document(STANDING)
    assert {key: document.pop(key) for key in ("attempts", "sent", "leases")} == {
        "attempts": 5,
        "sent": 1,
        "leases": [{"tool": "mypy", "owner": "here:17:0a1b", "attempt": 2, "seconds_left": 24.6}],
    }
    assert document.pop("application") is None
    assert document == session_document(SESSION)


def test_the_text_names_who_works_on_what() -> None:
    assert standing_text(STANDING) == session_text(SESSION) + (
        "attempts   5 at 12 units; sent 1 time\n"
        "at work    mypy on here:17:0a1b, attempt 2, lease for 25 s more\n"
    )


def test_a_lease_that_ran_out_says_so() -> None:
    late = replace(STANDING, leases=(replace(LEASE, seconds_left=-3.0),))
    assert standing_text(late).endswith("attempt 2, its lease has run out\n")


def test_a_session_that_has_not_begun_says_nothing_of_attempts() -> None:
    assert standing_text(Standing(SESSION, 0, 0, ())) == session_text(SESSION)


def test_names_cannot_move_the_cursor() -> None:
    hostile = replace(STANDING, leases=(replace(LEASE, tool=HOSTILE, owner=HOSTILE),))
    assert "\x1b" not in standing_text(hostile)
