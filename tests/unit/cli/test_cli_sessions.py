from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.reports import make_finding
from fixtures.state import read_settings_anew

from pipeline_mcp.db import findings, sessions, units
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.migrate import HEAD, upgrade
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import SessionRequest, SessionStatus
from pipeline_mcp.domain.unit import Unit

FIRST, SECOND = "pipeline-1790000000-00000001", "pipeline-1790000001-00000002"

pytestmark = pytest.mark.usefixtures("state_dir")


@pytest.fixture
def stored(state_dir: Path) -> None:
    """Two sessions: one with three findings that failed, then one that has not begun."""
    upgrade()
    for session_id in (FIRST, SECOND):
        with transaction() as connection:
            sessions.insert(connection, session_id, SessionRequest("/work/project", "here"))
    unit = Unit("k" * 64, FIRST, cycle=1, tool="ruff", position=0, files=("a.py",))
    with transaction() as connection:
        units.insert(connection, [unit])
        findings.insert(
            connection,
            unit,
            [
                make_finding("src/a.py"),
                make_finding("src/a.py", 2, rule="E501", severity=Severity.WARNING),
                make_finding("b.py", is_new=False),
            ],
        )
        sessions.finish(connection, FIRST, SessionStatus.FAILED)


@pytest.mark.usefixtures("stored")
def test_status_shows_a_session_and_succeeds_whatever_it_came_to(
    pipeline: Callable[..., Any],
) -> None:
    answer = pipeline("status", FIRST, "--format", "json")
    document = json.loads(answer.out)
    assert (document["session_id"], document["status"]) == (FIRST, "failed")
    assert document["units"] == {"done": 0, "total": 1}
    assert answer.code == 0
    assert "status     failed" in pipeline("status", FIRST).out


@pytest.mark.usefixtures("stored")
def test_status_without_a_name_is_the_newest(pipeline: Callable[..., Any]) -> None:
    answer = pipeline("status", "--format", "json")
    assert json.loads(answer.out)["session_id"] == SECOND
    assert answer.code == 0


@pytest.mark.usefixtures("stored")
def test_sessions_are_listed_page_by_page(pipeline: Callable[..., Any]) -> None:
    page = json.loads(pipeline("sessions", "--limit", "1", "--format", "json").out)
    assert [each["session_id"] for each in page["sessions"]] == [SECOND]
    rest = pipeline("sessions", "--cursor", page["cursor"], "--format", "json")
    assert [each["session_id"] for each in json.loads(rest.out)["sessions"]] == [FIRST]
    text = pipeline("sessions")
    assert [line.split()[0] for line in text.out.splitlines()] == [SECOND, FIRST]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], ["b.py:1", "src/a.py:1", "src/a.py:2"]),
        (["--path", "src/*"], ["src/a.py:1", "src/a.py:2"]),
        (["--rule", "E501"], ["src/a.py:2"]),
        (["--severity", "error"], ["b.py:1", "src/a.py:1"]),
        (["--tool", "mypy,black"], []),
        (["--new-only", "--severity", "error,info"], ["src/a.py:1"]),
    ],
)
def test_findings_are_filtered(
    pipeline: Callable[..., Any], filters: list[str], found: list[str]
) -> None:
    document = json.loads(pipeline("findings", FIRST, "--format", "json", *filters).out)
    assert [f"{each['path']}:{each['line']}" for each in document["findings"]] == found
    assert document["total"] == len(found)
    lines = pipeline("findings", FIRST, *filters).out.splitlines()
    assert [":".join(line.split(":")[:2]) for line in lines] == found


@pytest.mark.usefixtures("stored")
def test_findings_come_page_by_page(pipeline: Callable[..., Any]) -> None:
    first = pipeline("findings", FIRST, "--limit", "2")
    said, cursor = first.err.rsplit(maxsplit=1)
    assert said == "3 findings in all; the next ones: --cursor"
    last = pipeline("findings", FIRST, "--limit", "2", "--cursor", cursor)
    assert last.out.startswith("src/a.py:2:8: warning: ")
    assert last.err == "3 findings in all\n"


@pytest.mark.usefixtures("stored")
def test_findings_come_worst_first_if_asked_for(pipeline: Callable[..., Any]) -> None:
    lines = pipeline("findings", FIRST, "--worst-first").out.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["src/a.py:1:8", "error"],
        ["src/a.py:2:8", "warning"],
        ["b.py:1:8", "error"],
    ]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("cursor", ["x", "!", "MS4x", "-1", "MS4zLjAwMDAwMDAw", "é"])
def test_a_cursor_that_no_page_ended_with_is_a_clear_error(
    pipeline: Callable[..., Any], cursor: str
) -> None:
    answer = pipeline("findings", FIRST, "--cursor", cursor)
    assert answer.code == 2
    assert answer.err.startswith("error: cursor: ")


@pytest.mark.usefixtures("stored")
def test_a_session_can_be_cancelled_once_and_stays_so(pipeline: Callable[..., Any]) -> None:
    answer = pipeline("cancel", SECOND)
    assert (answer.code, answer.out) == (0, f"{SECOND} is cancelled\n")
    assert json.loads(pipeline("status", SECOND, "--format", "json").out)["status"] == "cancelled"
    finished = pipeline("cancel", FIRST, "--format", "json")
    assert json.loads(finished.out)["status"] == "failed"


@pytest.mark.parametrize("command", ["status", "findings", "cancel"])
def test_an_unknown_session_is_a_clear_error(command: str, pipeline: Callable[..., Any]) -> None:
    answer = pipeline(command, "pipeline-0-00000000")
    assert answer.code == 2
    assert "No session is called 'pipeline-0-00000000'." in answer.err
    assert answer.out == ""


def test_without_a_session_there_is_nothing_to_show(pipeline: Callable[..., Any]) -> None:
    assert pipeline("sessions").out == "There are no sessions yet.\n"
    answer = pipeline("status")
    assert answer.code == 2
    assert "pipeline-mcp run" in answer.err


def test_the_database_is_upgraded(pipeline: Callable[..., Any]) -> None:
    answer = pipeline("db", "upgrade", "--format", "json")
    assert answer.code == 0
    assert json.loads(answer.out)["revision"] == HEAD
    assert pipeline("db", "upgrade").out == f"The database is at revision {HEAD}.\n"


@pytest.mark.parametrize("command", [["sessions"], ["db", "upgrade"], ["status"]])
def test_a_state_directory_that_cannot_be_made_is_a_clear_error(
    command: list[str],
    pipeline: Callable[..., Any],
    state_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocked = state_dir / "file"
    blocked.touch()
    monkeypatch.setenv("PIPELINE_STATE_DIR", str(blocked / "state"))
    read_settings_anew()
    answer = pipeline(*command)
    assert answer.code == 2
    assert answer.err.startswith(f"error: state directory: {blocked}/state: it cannot be made")
    assert "PIPELINE_STATE_DIR" in answer.err
