"""The whole product as real processes: broker, database, workers on two nodes, an MCP server."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.disk import SmallDisk
from chaos.programs import Program
from chaos.repositories import operator_file, write_slow_tool
from chaos.services import Broker, Database
from fixtures.processes import descendants, expect_none, working_in
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until

from pipeline_mcp.db import migrate, workers
from pipeline_mcp.db.engine import reading

LEASE_SECONDS = 4.0
# Where each worker runs, and how many units it runs at once.
WORKERS = {"first": ("alpha", 2), "second": ("alpha", 1), "third": ("beta", 2)}
_SMALL_DISK_NODE = "beta"
_SLOW_PAUSE_SECONDS = 0.8
_PASSED_ON = ("PATH", "HOME", "PYTHONPATH")


class Cluster:
    """Everything that runs, and the environment that it runs in; `root` holds all files."""

    def __init__(self, root: Path, *, own_mounts: bool) -> None:
        self.root = root
        self.broker = Broker(root)
        self.database = Database(root)
        slow = root / "slow"
        write_slow_tool(slow, pause=_SLOW_PAUSE_SECONDS)
        (root / "pipeline.yaml").write_text(operator_file(slow))
        self.disk = SmallDisk(self._state_dir(_SMALL_DISK_NODE), is_private=own_mounts)
        self.workers = [self._worker(name, *where) for name, where in WORKERS.items()]
        self.server = self._server()

    @property
    def programs(self) -> list[Program]:
        """All that is started again when it has ended."""
        return [self.broker, *self.workers, self.server]

    @property
    def mcp_url(self) -> str:
        """Where the MCP server listens."""
        return f"http://127.0.0.1:{self._port}/mcp"

    def workspaces(self) -> dict[int, Path]:
        """The workspaces of the sessions by their inodes."""
        return {place.stat().st_ino: place for place in (self.root / "workspaces").glob("*")}

    def environment(self, node: str, **settings: object) -> dict[str, str]:
        """The environment of a process on `node`; its settings are short-tempered."""
        ours = {
            "database_url": self.database.url,
            "broker_url": self.broker.url,
            "config_file": self.root / "pipeline.yaml",
            "state_dir": self._state_dir(node),
            "node": node,
            "lease_seconds": LEASE_SECONDS,
            "heartbeat_seconds": 1.0,
            "reconcile_seconds": 1.0,
            "connect_timeout_seconds": 2.0,
            "apply_seconds": 5.0,
            "log_level": "info",
        }
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        named = {
            f"PIPELINE_{name.upper()}": str(value) for name, value in (ours | settings).items()
        }
        return passed_on | named

    def start(self) -> None:
        """Start everything, and let this process be one more front end on node alpha."""
        self.broker.start()
        self.broker.wait()
        for name, value in self.environment("alpha").items():
            os.environ[name] = value
        read_settings_anew()
        migrate.upgrade()
        for program in (*self.workers, self.server):
            program.start()
        wait_until(self.is_up, timeout=60, message="all workers and the MCP server are up")

    def is_up(self) -> bool:
        """True if every worker has registered and the server answers."""
        with reading() as connection:
            names = {each.name.partition("@")[0] for each in workers.live(connection)}
        return set(WORKERS) <= names and self.server_answers()

    def server_answers(self) -> bool:
        """True if the MCP server is healthy."""
        try:
            with urllib.request.urlopen(self.mcp_url.replace("/mcp", "/healthz"), timeout=2):
                return True
        except OSError:
            return False

    def tools_of(self, worker: Program) -> list[int]:
        """The process ids of the tools that a worker runs at this moment, oldest first."""
        if not worker.is_running():
            return []
        running = descendants(worker.pid)
        return sorted(each.pid for each in running if each.parent == worker.pid)

    def stop(self) -> None:
        """End everything that is still there."""
        for program in (self.server, *self.workers):
            program.stop()
        self.broker.stop()
        self.database.close()
        expect_none(lambda: working_in(self.root), "processes left over", within=20)

    def _state_dir(self, node: str) -> Path:
        directory = self.root / f"state-{node}"
        directory.mkdir(mode=0o700, exist_ok=True)
        return directory

    def _worker(self, name: str, node: str, concurrency: int) -> Program:
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-n", f"{name}@{node}"]
        options = ["--without-mingle", "--without-gossip", "--loglevel", "info"]
        return Program(
            name,
            [*command, *options],
            self.environment(node, concurrency=concurrency),
            self.root,
            self.root / f"worker-{name}.log",
        )

    def _server(self) -> Program:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        command = [str(Path(sys.executable).parent / "pipeline-mcp"), "serve"]
        options = ["--transport", "http", "--port", str(self._port)]
        return Program(
            "server",
            [*command, *options],
            self.environment("alpha", state_dir=self._state_dir("server")),
            self.root,
            self.root / "server.log",
        )


@contextmanager
def running_cluster(*, own_mounts: bool, keep: bool) -> Iterator[Cluster]:
    """A cluster in a directory of its own; `keep` leaves the logs there."""
    root = Path(tempfile.mkdtemp(prefix="pmcp-chaos-")).resolve()
    # The database's user, if it is another one, has to pass through.
    root.chmod(0o711)
    cluster = Cluster(root, own_mounts=own_mounts)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        cluster.disk.close()
        if not keep:
            shutil.rmtree(root, ignore_errors=True)
