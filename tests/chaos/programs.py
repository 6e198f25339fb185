"""Programs that the driver starts, kills, freezes and starts again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

_LOG_TAIL = 3_000


@dataclass
class Program:
    """One process that should run: `command` in `directory`, its output appended to `log`."""

    name: str
    command: list[str]
    environment: dict[str, str]
    directory: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None
    is_wanted: bool = False
    is_frozen: bool = False
    ended_by_itself: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """The process id of what was started last."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it, unless it runs."""
        self.is_wanted = True
        if self.is_running():
            return
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def is_running(self) -> bool:
        """True if it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def is_at_work(self) -> bool:
        """True if it runs and is not frozen."""
        return self.is_running() and not self.is_frozen

    def kill(self) -> None:
        """End it as nothing can hinder."""
        self.is_wanted = self.is_frozen = False
        if self.is_running():
            self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self, patience: float = 20.0) -> None:
        """Ask it to end; kill it if it does not."""
        self.is_wanted = False
        if not self.is_running():
            return
        if self.is_frozen:
            self.thaw()
        self.send(signal.SIGTERM)
        assert self.process is not None
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def freeze(self) -> None:
        """Let it stand still."""
        self.is_frozen = True
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.is_frozen = False
        if self.is_running():
            self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def note_own_end(self) -> bool:
        """True once for each time that it ended although nobody had ended it."""
        if not self.is_wanted or self.is_running():
            return False
        assert self.process is not None
        self.is_wanted = False
        stamp = time.strftime("%H:%M:%S")
        said = self.said()[-_LOG_TAIL:]
        self.ended_by_itself.append(f"{stamp} exit code {self.process.returncode}: {said}")
        return True

    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")
