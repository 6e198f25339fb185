"""A repository of our own that borrows a work tree's objects, and nothing else of its repository.

What a repository says of helpers, programs, hooks, filters and addresses does not count in here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.config.document import shown
from pipeline_mcp.config.process import committer_environment, network_environment
from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.git import WorkTree, run_git
from pipeline_mcp.workspace.git_settings import GitSettings

# They win over the operator's own: nothing of ours runs hooks, or does housekeeping.
_OURS = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("user.useConfigOnly", "true"),
    ("http.followRedirects", "false"),
)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Made by `borrowed`; `objects` are the work tree's, `writes` says that new ones go there."""

    program: str
    directory: Path
    root: Path
    objects: Path
    settings: GitSettings
    writes: bool

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        variables: Mapping[str, str] | None = None,
        options: Sequence[tuple[str, str]] = (),
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git, whatever its exit code; `options` are settings that no command line shows.

        Raises:
            WorkspaceError: git could not be started, or did not end in time.
        """
        configured = [(one.key, one.value) for one in self.settings.used]
        environment = {
            **committer_environment(),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_INDEX_FILE": str(self.directory / "index"),
            **self._where(),
            **as_variables([*configured, *_OURS, *options]),
            **(variables or {}),
        }
        command = [self.program, "--no-pager", f"--git-dir={self.directory}", *arguments]
        return run_git(command, self.root, environment, given, detached=True)

    def expect(self, *arguments: str, given: bytes = b"") -> str:
        """What git prints, without the white space around it.

        Raises:
            WorkspaceError: it fails.
        """
        done = self.run(*arguments, given=given)
        if done.returncode != 0:
            raise WorkspaceError(f"git {arguments[0]} failed in {self.root}: {said(done)}.")
        return os.fsdecode(done.stdout).strip()

    def reach_out(
        self, *arguments: str, protocols: str, options: Sequence[tuple[str, str]]
    ) -> subprocess.CompletedProcess[bytes]:
        """The same for what talks to a remote, by these protocols (with colons) and no other."""
        variables = network_environment() | {"GIT_ALLOW_PROTOCOL": protocols}
        return self.run(*arguments, variables=variables, options=options)

    def _where(self) -> dict[str, str]:
        name = "GIT_OBJECT_DIRECTORY" if self.writes else "GIT_ALTERNATE_OBJECT_DIRECTORIES"
        return {name: str(self.objects)}


def as_variables(settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Settings as git takes them from the environment."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git says went wrong, on one line."""
    lines = done.stderr.decode("utf-8", "replace").split("\n")
    text = " ".join(line.removeprefix("fatal: ").strip() for line in lines if line.strip())
    return shown(text, limit=400).rstrip(".")


@contextmanager
def borrowed(tree: WorkTree, settings: GitSettings, *, writes: bool) -> Iterator[Borrowed]:
    """An empty repository, gone at the end; with `writes`, new objects go to the work tree's.

    Raises:
        WorkspaceError: git cannot say where the objects are.
    """
    objects, shallow = (_path(tree, name) for name in ("objects", "shallow"))
    form = _asked(tree, "--show-object-format")
    with tempfile.TemporaryDirectory(prefix="pipeline-mcp-git-") as above:
        made = Borrowed(tree.program, Path(above) / "git", tree.root, objects, settings, writes)
        init = ("init", "--quiet", "--bare", "--template=", f"--object-format={form}")
        made.expect(*init)
        if shallow.is_file():
            shutil.copyfile(shallow, made.directory / "shallow")
        yield made


def _path(tree: WorkTree, name: str) -> Path:
    return (tree.root / _asked(tree, "--git-path", name)).resolve()


def _asked(tree: WorkTree, *arguments: str) -> str:
    done = tree.run("rev-parse", *arguments, directory=tree.root)
    if done.returncode != 0:
        raise WorkspaceError(f"git cannot be asked about {tree.root}: {said(done)}.")
    return os.fsdecode(done.stdout).strip()
