"""4. Several workers: the same command, on a Redis and a Postgres that others use as well.

Two settings are enough, `PIPELINE_BROKER_URL` and `PIPELINE_DATABASE_URL`. Workers are started
with `celery -A tasks worker`, on as many hosts as you like: the files come from the database.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.stack import Pipeline, StartWorker
from fixtures.waiting import wait_until

from pipeline_mcp.tools.registry import TOOLS

pytestmark = pytest.mark.usefixtures("external_services")


def test_two_workers_and_a_command(
    project: Path, pipeline: Pipeline, start_worker: StartWorker
) -> None:
    start_worker("first", "--concurrency", "1")
    start_worker("second", "--concurrency", "1")
    answer = pipeline("run", project, "--tools", "ruff,black,mypy", "--format", "json")
    assert answer.exit_code == 1, answer.stderr
    assert {tool["outcome"] for tool in answer.json["tools"]} == {"ok"}


def test_workers_can_share_the_work_by_queue(
    project: Path, pipeline: Pipeline, start_worker: StartWorker
) -> None:
    # Snapshots are taken where the files are; the tools may run anywhere.
    start_worker("sees-the-files", "--queues", "workspace,maintenance")
    start_worker("has-the-tools", "--queues", "lint")
    answer = pipeline("run", project, "--tools", "ruff", "--format", "json")
    assert answer.json["summary"]["by_tool"] == {"ruff": 2}


def test_every_tool_is_a_task_of_its_own(start_worker: StartWorker) -> None:
    start_worker("only")
    inspect = [sys.executable, "-m", "celery", "-A", "tasks", "inspect", "registered"]

    def registered() -> str:
        return subprocess.run(inspect, capture_output=True, text=True, check=False).stdout

    answer = wait_until(registered, message="the worker answers `celery inspect`")
    for tool in TOOLS:
        assert f"tasks.lint.{tool}" in answer


def test_a_worker_that_stops_leaves_the_rest_to_the_others(
    project: Path, pipeline: Pipeline, start_worker: StartWorker
) -> None:
    leaving = start_worker("leaving")
    start_worker("staying")
    leaving.stop()
    answer = pipeline("run", project, "--tools", "ruff,black", "--format", "json")
    assert answer.json["status"] == "failed"
