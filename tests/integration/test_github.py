"""Workflows are dispatched and followed, against a double that checks every request."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import anyio
import pytest
from fixtures.git import RepositoryFactory
from fixtures.github import REPOSITORY, TOKEN, GitHub, Reply
from fixtures.state import read_settings_anew
from mcp import Client

from pipeline_mcp.server.app import make_server

WORKFLOW = "pipeline-integration.yml"
DISPATCHES = f"actions/workflows/{WORKFLOW}/dispatches"
URL = f"https://github.example/{REPOSITORY}/actions/runs/7"
STARTED = Reply(200, {"workflow_run_id": 7, "run_url": "https://x", "html_url": URL})


def run(status: str, conclusion: str | None = None, number: int = 7) -> Reply:
    return Reply(200, described(status, conclusion, number))


def described(status: str, conclusion: str | None = None, number: int = 7) -> dict[str, Any]:
    return {"id": number, "status": status, "conclusion": conclusion, "html_url": URL}


def trigger(workspace: Path, **arguments: Any) -> tuple[dict[str, Any], str, list[str]]:
    """The envelope or {}, the text of the answer, and the progress that was told."""
    told: list[str] = []

    async def on_progress(_done: float, _total: float | None, message: str | None) -> None:
        told.append(message or "")

    async def talk() -> Any:
        async with Client(make_server()) as client:
            return await client.call_tool(
                "github_workflow_trigger",
                {"workspace": str(workspace), **arguments},
                progress_callback=on_progress,
            )

    answer = anyio.run(talk)
    text = answer.content[0].text
    assert TOKEN not in text
    return ({} if answer.is_error else answer.structured_content), text, told


def test_a_dispatch_says_which_run_it_began(github: GitHub, tmp_path: Path) -> None:
    github.on("POST", DISPATCHES, STARTED)
    envelope, _, _ = trigger(tmp_path)
    assert envelope["status"] == "accepted"
    results = envelope["results"]
    assert (results["workflow"], results["ref"], results["status"]) == (
        WORKFLOW,
        "main",
        "triggered",
    )
    assert (results["run_id"], results["html_url"]) == (7, URL)
    inputs = {"max_fixes": "10", "force_fresh_report": "false"}
    assert results["inputs"] == inputs
    assert github.asked("POST") == [{"ref": "main", "inputs": inputs, "return_run_details": True}]
    assert github.asked("GET") == []


def test_waiting_goes_on_until_the_run_has_ended(github: GitHub, tmp_path: Path) -> None:
    github.on("POST", DISPATCHES, STARTED)
    limited = Reply(403, {"message": "secondary rate limit"}, {"Retry-After": "0"})
    github.on(
        "GET",
        "actions/runs/7",
        run("queued"),
        limited,
        Reply(502, {"message": "Bad Gateway"}),
        run("in_progress"),
        run("completed", "failure"),
    )
    envelope, _, told = trigger(tmp_path, wait_for_completion=True)
    assert envelope["status"] == "success"
    assert envelope["results"]["status"] == "completed"
    assert envelope["results"]["conclusion"] == "failure"
    assert told[-1] == f"{WORKFLOW}: completed"
    assert len(github.asked("GET")) == 5


def test_a_wait_ends_in_time_and_can_be_continued_without_a_second_dispatch(
    github: GitHub, tmp_path: Path
) -> None:
    github.on("POST", DISPATCHES, STARTED)
    github.on("GET", "actions/runs/7", run("in_progress"))
    envelope, _, _ = trigger(tmp_path, wait_for_completion=True, wait_seconds=0.2)
    assert envelope["status"] == "accepted"
    assert "run_id=7" in envelope["results"]["next_step"]
    github.on("GET", "actions/runs/7", run("completed", "success"))
    envelope, _, _ = trigger(tmp_path, run_id=7)
    assert envelope["results"]["conclusion"] == "success"
    assert len(github.asked("POST")) == 1


def test_an_older_server_is_asked_for_the_run_that_began_since(
    github: GitHub, tmp_path: Path
) -> None:
    unknown = {"message": 'Invalid request.\n\n"return_run_details" is not a permitted key.'}
    github.on("POST", DISPATCHES, Reply(422, unknown), Reply(204))
    none: dict[str, Any] = {"workflow_runs": []}
    github.on(
        "GET",
        f"actions/workflows/{WORKFLOW}/runs",
        Reply(200, none),
        Reply(200, {"workflow_runs": [described("queued", number=9)]}),
    )
    envelope, _, _ = trigger(tmp_path, ref="refs/heads/next")
    assert envelope["results"]["run_id"] == 9
    assert "return_run_details" not in github.asked("POST")[1]
    query = github.asked("GET")[0]
    assert "event=workflow_dispatch" in query
    assert "branch=next" in query
    assert "created=" in query


def test_of_several_candidates_none_is_taken_for_ours(github: GitHub, tmp_path: Path) -> None:
    github.on("POST", DISPATCHES, Reply(204))
    both = {"workflow_runs": [described("queued", number=8), described("queued", number=9)]}
    github.on("GET", f"actions/workflows/{WORKFLOW}/runs", Reply(200, both))
    envelope, _, _ = trigger(tmp_path, wait_for_completion=True)
    assert envelope["results"]["run_id"] is None
    assert "several runs" in envelope["results"]["note"]


def test_numbers_arrive_as_they_were_given(github: GitHub, tmp_path: Path) -> None:
    github.on("POST", "actions/workflows/ci.yml/dispatches", STARTED)
    given = {"a": 2**60 + 1, "b": True, "c": 0.5, "d": "x"}
    trigger(tmp_path, workflow_name="ci.yml", inputs=given)
    sent = {"a": "1152921504606846977", "b": "true", "c": "0.5", "d": "x"}
    assert github.asked("POST")[0]["inputs"] == sent


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401, {"message": "Bad credentials"}), "github.token"),
        (Reply(403, {"message": "Resource not accessible by token"}), "Actions: write"),
        (Reply(404, {"message": "Not Found"}), "token may see the repository"),
        (Reply(422, {"message": "No ref found for: main"}), "No ref found for: main"),
        (Reply(422, {"message": "\x1b[2Jfoo\u202e"}), "\ufffd[2Jfoo\ufffd"),
        (Reply(403, {"message": "x"}, {"x-ratelimit-remaining": "0"}), "rate limit"),
        (Reply(429, {"message": "x"}, {"retry-after": "90"}), "90 seconds"),
        (Reply(307, None, {"Location": "https://evil.example/"}), "github.repository"),
        (Reply(500, {"message": "Oops"}), "HTTP 500: Oops"),
        (Reply(200, "not an object"), ""),
    ],
)
def test_a_refusal_says_what_to_do(github: GitHub, tmp_path: Path, reply: Reply, said: str) -> None:
    github.on("POST", DISPATCHES, reply)
    github.on("GET", f"actions/workflows/{WORKFLOW}/runs", Reply(403, {"message": "no"}))
    envelope, text, _ = trigger(tmp_path)
    assert envelope == {}
    assert said in text
    assert len(github.asked("POST")) == 1


def test_without_a_token_nothing_is_sent(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIPELINE_GITHUB__TOKEN")
    monkeypatch.setenv("GITHUB_TOKEN", "somebody else's")
    read_settings_anew()
    _, text, _ = trigger(tmp_path)
    assert "PIPELINE_GITHUB__TOKEN" in text
    assert github.requests == []


def test_nobody_at_the_address_is_said(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_GITHUB__API_URL", "http://127.0.0.1:9")
    read_settings_anew()
    _, text, _ = trigger(tmp_path)
    assert "github.api_url" in text


def test_the_repository_is_that_of_the_remote_origin(
    github: GitHub, git_repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIPELINE_GITHUB__REPOSITORY")
    read_settings_anew()
    github.on("POST", DISPATCHES, STARTED)
    repository = git_repository({"a.py": ""})
    _, text, _ = trigger(repository.path)
    assert "github.repository" in text
    repository.git("remote", "add", "origin", f"https://127.0.0.1/{REPOSITORY}.git")
    assert trigger(repository.path)[0]["results"]["repository"] == REPOSITORY
    repository.git("remote", "set-url", "origin", f"https://me:pw@evil.example/{REPOSITORY}")
    _, text, _ = trigger(repository.path)
    assert "evil.example" in text
    assert "pw" not in text
    assert len(github.requests) == 1


def test_the_token_is_in_no_log(
    github: GitHub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    github.on("POST", DISPATCHES, STARTED)
    with caplog.at_level(logging.DEBUG):
        trigger(tmp_path)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("conclusion", "code"), [("success", 0), ("failure", 1), ("cancelled", 1), (None, 3)]
)
def test_the_command_ends_as_the_run_does(
    github: GitHub, pipeline: Any, tmp_path: Path, conclusion: str | None, code: int
) -> None:
    github.on("POST", DISPATCHES, STARTED)
    status = "completed" if conclusion else "in_progress"
    github.on("GET", "actions/runs/7", run(status, conclusion))
    answer = pipeline("trigger", "--input", "max_fixes=2", "--wait", "0.5", "--format", "json")
    assert answer.exit_code == code, answer.stderr
    assert answer.json["conclusion"] == conclusion
    assert github.asked("POST")[0]["inputs"]["max_fixes"] == "2"
    assert json.loads(answer.stdout)["run_id"] == 7
