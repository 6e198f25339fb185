"""Flower over a real broker: it starts from the workers' app and sees a worker and its tasks."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.git import RepositoryFactory
from fixtures.stack import StartWorker
from fixtures.waiting import wait_until

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.submit import submit

pytestmark = pytest.mark.usefixtures("external_services")


@pytest.fixture
def flower(tmp_path: Path) -> Iterator[str]:
    """The address of a Flower on a loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "celery", "-A", "tasks", "flower"]
    log = (tmp_path / "flower.log").open("w")
    with (
        log,
        subprocess.Popen(
            [*command, "--address=127.0.0.1", f"--port={port}"], stdout=log, stderr=log
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: _get(f"{address}/healthcheck") == b"OK", timeout=40)
            yield address
        finally:
            process.terminate()


def test_flower_shows_the_worker_and_what_it_ran(
    flower: str, start_worker: StartWorker, git_repository: RepositoryFactory
) -> None:
    start_worker("seen")
    repository = git_repository({"a.py": "import os\n"})
    request = SessionRequest(str(repository.path), settings().node, tools=("ruff",))
    assert wait(submit(request), timeout=60).is_final
    assert b"<html" in (_get(flower) or b"").lower()

    metrics = wait_until(lambda: _mentions(f"{flower}/metrics", b"tasks.lint.ruff"), timeout=30)
    assert b"seen@" in metrics


def _mentions(url: str, word: bytes) -> bytes:
    page = _get(url) or b""
    return page if word in page else b""


def _get(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bytes(answer.read())
    except OSError:
        return None
