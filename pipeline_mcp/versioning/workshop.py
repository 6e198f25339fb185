"""A throwaway copy of a project in which its code may run, within the limits of tools."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_mcp.config.process import packaging_environment
from pipeline_mcp.config.settings import settings
from pipeline_mcp.tools.limits import Ending, reason
from pipeline_mcp.tools.runner import ProcessRun, run_tool
from pipeline_mcp.versioning.release_steps import StepOutcome
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.materialise import materialise
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot

_SAID_CHARACTERS = 500
# What pip says, whatever its version, if it has found nobody to ask.
_UNREACHABLE: tuple[str, ...] = ("NewConnectionError", "ConnectTimeout", "ReadTimeoutError")
_UNREACHABLE += ("Failed to establish a new connection", "Max retries exceeded", "ProxyError")
_UNREACHABLE += ("Temporary failure in name resolution", "Name or service not known")
# What pip and build say of a package that is not here.
_ABSENT: tuple[str, ...] = ("No matching distribution found", "is not available.")
_ABSENT += ("Unmet dependencies", "Missing dependencies")


class StepError(Exception):
    """A step did not pass: `outcome` is `failed` or `incomplete`, `said` is why."""

    def __init__(self, outcome: StepOutcome, said: str) -> None:
        super().__init__(said)
        self.outcome = outcome
        self.said = said


def failed(said: str) -> StepError:
    """The project is to blame."""
    return StepError(StepOutcome.FAILED, said)


def incomplete(said: str) -> StepError:
    """Nobody knows what the step would have come to."""
    return StepError(StepOutcome.INCOMPLETE, said)


@dataclass(frozen=True, slots=True)
class Workshop:
    """The copy is `tree`; `scratch` is the home of what runs, `built` is for what it makes.

    `left_out` are files of the workspace that are not in the copy, with the reasons; `variables`
    are of the environment of all that runs.
    """

    tree: Path
    scratch: Path
    built: Path
    left_out: tuple[str, ...]
    offline: bool
    deadline: float
    variables: Mapping[str, str]
    is_wanted: Callable[[], bool] = field(repr=False)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        seconds: float | None = None,
    ) -> ProcessRun:
        """Run it in `cwd` (the scratch directory) to its end, for `seconds` at most.

        Raises:
            StepError: it could not be started, or not end within the limits.
        """
        limits = settings().tool
        left = min(
            limits.timeout_seconds, self.deadline - time.monotonic(), seconds or float("inf")
        )
        if left <= 0:
            raise incomplete("there was no time left for it")
        limits = limits.model_copy(update={"timeout_seconds": left})
        try:
            done = run_tool(
                [str(word) for word in command],
                cwd=cwd or self.scratch,
                environment=packaging_environment(self.scratch, offline=self.offline)
                | dict(self.variables),
                scratch=self.scratch,
                limits=limits,
                is_wanted=self.is_wanted,
            )
        except OSError as error:
            raise incomplete(f"it could not be started: {error}") from error
        if done.ending is Ending.STOPPED:
            raise incomplete("it was stopped")
        if done.ending is not Ending.EXITED:
            raise incomplete(reason(done.ending, limits))
        return done

    def succeed(self, command: Sequence[str | Path], *, cwd: Path | None = None) -> ProcessRun:
        """Run it, and see that it ends well.

        Raises:
            StepError: it did not; without the network, or a package, nobody knows why.
        """
        done = self.run(command, cwd=cwd)
        if done.exit_code == 0:
            return done
        said = last_words(done)
        everything = done.stderr + done.stdout
        if any(each in everything for each in _UNREACHABLE):
            raise incomplete(f"the package index cannot be reached: {said}")
        if self.offline and any(each in everything for each in _ABSENT):
            raise incomplete(f"it needs a package that is not here, and is offline: {said}")
        raise failed(f"exit code {done.exit_code}: {said}")


def last_words(done: ProcessRun) -> str:
    """The end of what a process printed, on one line."""
    said = done.stderr.strip() or done.stdout.strip()
    return " ".join(said.split())[-_SAID_CHARACTERS:] or "silent"


@contextmanager
def workshop(
    project: Path,
    *,
    offline: bool,
    seconds: float | None,
    variables: Mapping[str, str],
    is_wanted: Callable[[], bool],
) -> Iterator[Workshop]:
    """A copy of the project in a resolved directory; it goes away with the block.

    Raises:
        WorkspaceError: the directory cannot be listed.
        ServiceError: the disk does not take the copy.
    """
    current = settings()
    deadline = time.monotonic() + (float("inf") if seconds is None else seconds)
    with tempfile.TemporaryDirectory(prefix="pipeline-mcp-release-") as directory:
        place = Path(directory).resolve()
        scratch, built, tree = (place / name for name in ("scratch", "built", "tree"))
        scratch.mkdir()
        built.mkdir()
        store = LocalBlobStore(place / "blobs")
        limits = SnapshotLimits(current.max_files, current.max_file_bytes)
        snapshot = take_snapshot(project, store, limits=limits)
        materialise(snapshot.rows, store, tree)
        left_out = tuple(f"{each.path}: {each.reason}" for each in snapshot.skipped)
        yield Workshop(tree, scratch, built, left_out, offline, deadline, variables, is_wanted)
