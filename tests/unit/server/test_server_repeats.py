"""A call that is repeated under its idempotency key starts nothing a second time."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures.answers import Call, envelope, refusal
from fixtures.ledger import Network, rows_of
from sqlalchemy import func, select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import outbox, session
from pipeline_mcp.domain.session import RunOptions, SessionRequest
from pipeline_mcp.errors import RepeatedKeyError
from pipeline_mcp.sessions.repeated import earlier, submission
from pipeline_mcp.sessions.submit import submit

pytestmark = pytest.mark.usefixtures("network")
REQUEST = SessionRequest("/work/project", "here")


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    (tmp_path / "project").mkdir()
    return str(tmp_path / "project")


def begin(call: Call, tool: str = "pipeline_run_full", **arguments: Any) -> str:
    answer = envelope(call(tool, **arguments))
    assert answer["status"] == "accepted"
    return str(answer["session_id"])


def test_the_same_call_gives_the_same_session(call: Call, workspace: str, network: Network) -> None:
    first = begin(call, workspace=workspace, idempotency_key="a change")
    assert begin(call, workspace=workspace, idempotency_key="a change") == first
    assert begin(call, workspace=workspace, idempotency_key="another") != first
    assert begin(call, workspace=workspace) != first
    assert len(network.messages) == len(rows_of(session)) == len(rows_of(outbox)) == 3


def test_it_does_so_even_if_the_workspace_is_gone(call: Call, workspace: str) -> None:
    first = begin(call, workspace=workspace, idempotency_key="k")
    shutil.rmtree(workspace)
    assert begin(call, workspace=workspace, idempotency_key="k") == first


@pytest.mark.parametrize(
    ("tool", "change"),
    [
        ("pipeline_run_full", {"options": {"tools": ["ruff"]}}),
        ("pipeline_run_full", {"options": {"priority": 9}}),
        ("version_keeper_scan", {}),
        ("version_keeper_scan", {"comprehensive": False}),
    ],
)
def test_another_call_under_the_same_key_is_a_mistake(
    call: Call, workspace: str, tool: str, change: dict[str, Any]
) -> None:
    first = begin(call, workspace=workspace, idempotency_key="k")
    said = refusal(call(tool, workspace=workspace, idempotency_key="k", **change))
    assert said == (
        f"The idempotency_key 'k' belongs to {first}, which was asked for something else. "
        "Send another idempotency_key, or the arguments of the first call."
    )
    assert len(rows_of(session)) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_bounds(call: Call, workspace: str, key: str) -> None:
    said = refusal(call("pipeline_run_full", workspace=workspace, idempotency_key=key))
    assert said.startswith("idempotency_key")


def test_many_at_once_give_one_session(database: str, network: Network) -> None:
    once = submission("k", "run", RunOptions())
    with ThreadPoolExecutor(8) as pool:
        submits = [pool.submit(submit, REQUEST, once=once) for _ in range(24)]
        ids = {each.result() for each in submits}
    assert len(ids) == 1
    with reading() as connection:
        assert connection.scalar(select(func.count()).select_from(session)) == 1
    assert [message[1] for message in network.messages] == list(ids)


def test_everybody_has_keys_of_his_own(database: str) -> None:
    once = submission("k", "run", RunOptions())
    ids = {submit(REQUEST, once=once, principal=name) for name in ("ada", "bob", "ada")}
    assert len(ids) == 2
    assert earlier(once, principal="eve") is None
    other = replace(once, digest="0" * 64)
    with pytest.raises(RepeatedKeyError):
        submit(REQUEST, once=other, principal="ada")


def test_what_has_its_default_makes_no_difference() -> None:
    assert submission("k", "run", RunOptions()) == submission("k", "run", RunOptions(path="."))
    assert submission("k", "run", RunOptions()) != submission("k", "run", RunOptions(path="a"))
