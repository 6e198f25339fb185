"""`environment_detection` says what is really here, and `reload` takes over what may change."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from fixtures.stack import Pipeline, StartWorker
from fixtures.state import read_settings_anew
from mcp import Client

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.access import AccessScope, Principal
from pipeline_mcp.environment import optimisation
from pipeline_mcp.monitoring.machine import Memory
from pipeline_mcp.server.access.offer import Offer
from pipeline_mcp.server.access.principal import calling
from pipeline_mcp.server.app import make_server

Ask = Callable[..., Any]


@pytest.fixture
def ask(state_dir: Path) -> Ask:
    """`ask("config", workspace=…)` gives the results, or the sentence of an error."""

    def asking(action: str, tool: str = "environment_detection", **arguments: Any) -> Any:
        async def talk() -> Any:
            async with Client(make_server()) as client:
                return await client.call_tool(tool, {"action": action, **arguments})

        answer = anyio.run(talk)
        text = answer.content[0].text
        return text if answer.is_error else json.loads(text)["results"]

    return asking


def test_what_is_here_is_told(ask: Ask) -> None:
    found = ask("detect")
    assert found["python"]["version"] == platform.python_version()
    assert found["limits"]["processors_usable"] <= found["limits"]["processors"]
    assert found["tools"]["installed"]["ruff"]
    assert found["services"] == {
        "broker": "embedded",
        "database": "sqlite",
        "blob_store": "local",
        "state_dir": str(settings().state_dir),
    }
    assert len(ask("summary")["summary"]) == 5


def test_settings_come_with_who_set_them_and_without_secrets(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPELINE_BROKER_URL", "redis://:hunter2@localhost/0")
    monkeypatch.setenv("PIPELINE_GITHUB__TOKEN", "hunter3")
    read_settings_anew()
    (tmp_path / "pipeline.yaml").write_text("profile: fast\n")
    found = ask("config", workspace=str(tmp_path))
    profile = {"value": "fast", "origin": "workspace", "source": "pipeline.yaml", "line": 1}
    assert found["settings"]["profile"] == profile
    assert "hunter" not in json.dumps(found)


def test_all_mistakes_are_told_at_once(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("profile: quick\ntools: [rufff]\nnode: here\n")
    found = ask("validate", workspace=str(tmp_path))
    assert not found["valid"]
    assert {problem["line"] for problem in found["problems"]} >= {1, 3}


def test_a_workspace_outside_of_the_roots_is_refused(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPELINE_WORKSPACES", str(tmp_path / "allowed"))
    read_settings_anew()
    assert "outside the allowed roots" in ask("config", workspace=str(tmp_path))


def test_the_profile_says_who_chose_it_and_what_it_names(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPELINE_PROFILE", "full")
    read_settings_anew()
    found = ask("profile", workspace=str(tmp_path))
    assert (found["profile"], found["source"]) == ("full", "PIPELINE_PROFILE")
    assert {"ruff", "pylint", "duplicates"} <= set(found["tools"])


def test_reload_takes_over_what_may_change_and_names_what_needs_a_restart(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = settings().database
    monkeypatch.setenv("PIPELINE_POLL_SECONDS", "0.05")
    monkeypatch.setenv("PIPELINE_DATABASE_URL", "sqlite:////elsewhere.db")
    found = ask("reload")
    assert (found["applied"], found["needs_restart"]) == (["poll_seconds"], ["database_url"])
    assert settings().poll_seconds == 0.05
    assert settings().database == database
    assert settings().origin("poll_seconds").source == "PIPELINE_POLL_SECONDS"
    assert settings().origin("database_url").kind == "default"
    assert ask("reload")["needs_restart"] == ["database_url"]


def test_a_mistake_changes_nothing(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setenv("PIPELINE_POLL_SECONDS", "soon")
    assert "PIPELINE_POLL_SECONDS" in ask("reload")
    assert settings() is before


@pytest.mark.parametrize(
    ("tool", "action"), [("environment_detection", "reload"), ("health_monitoring", "export")]
)
def test_a_reader_may_neither_reload_nor_export(ask: Ask, tool: str, action: str) -> None:
    with calling(Principal("reader", frozenset({AccessScope.READ}))):
        assert "needs the scope admin" in ask(action, tool=tool)


def test_where_only_reading_is_allowed_the_rest_of_the_tool_still_works(ask: Ask) -> None:
    with calling(Principal("reader", frozenset(AccessScope)), Offer(read_only=True)):
        assert "allows only to read" in ask("reload")
        assert ask("profile")["profile"] == "standard"


def test_suggestions_rest_on_what_was_measured(
    external_services: None,
    start_worker: StartWorker,
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_worker("one", "--queues", "lint,maintenance,workspace")
    monkeypatch.setenv("PIPELINE_CONCURRENCY", "64")
    monkeypatch.setenv("PIPELINE_RETENTION_DAYS", "0")
    read_settings_anew()
    found = ask("optimize")
    by_setting = {each["setting"]: each for each in found["suggestions"]}
    assert "64 units at once" in by_setting["concurrency"]["because"]
    assert "for ever" in by_setting["retention_days"]["because"]
    assert "the queue fix" in by_setting[None]["suggestion"]
    assert found["not_measured"] == []


def test_a_tool_that_may_use_more_than_there_is_is_named(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline_mcp.environment import detection

    monkeypatch.setattr(detection, "memory", lambda: Memory(1 << 30, 0, is_container=True))
    found = optimisation.optimise()
    assert "tool.memory_bytes" in [each["setting"] for each in found["suggestions"]]
    assert "broker" in found["not_measured"]


@pytest.mark.parametrize("action", ["summary", "detect", "config", "profile", "optimize"])
def test_the_command_says_the_same(pipeline: Pipeline, action: str) -> None:
    assert pipeline("environment", action, "--format", "json").json
    assert pipeline("environment", action).stdout
