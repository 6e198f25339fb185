"""Fixers that rewrite whole files: run one at a time, watched, and taken back where they stray."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.fixing.fixers import rewriters
from pipeline_mcp.fixing.guards import Change
from pipeline_mcp.fixing.making import NO_CHANGE, Guard, Made
from pipeline_mcp.fixing.worktree import WorkTree
from pipeline_mcp.scanning.options import options_for
from pipeline_mcp.tools.contract import Job, Kind, Tool
from pipeline_mcp.tools.limits import Ending, reason
from pipeline_mcp.tools.runner import run_tool

logger = logging.getLogger(__name__)

# As for shards: beyond this a command line grows too long for the kernel, whatever the names.
_MOST_FILES = 2_000


class StoppedError(Exception):
    """Nobody wants the result any more, or this process is about to end."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all fixers of a session need.

    `findings` are those before any step, `flagged` the paths that they are about, by tool;
    `original` gives the content of a file then.
    """

    request: SessionRequest
    snapshot: Snapshot
    tools: Mapping[str, Tool]
    findings: Sequence[Finding]
    flagged: Mapping[str, Collection[str]]
    original: Callable[[str], bytes]
    unsafe: bool
    guard: Guard
    limits: ToolLimits
    is_wanted: Callable[[], bool]


def job_for(tool: Tool, files: Sequence[str], shop: Workshop, tree: WorkTree) -> Job:
    """A run of the tool over files of the tree, with the options that it has in the session."""
    options = options_for(tool, shop.request, shop.snapshot)
    return Job(
        root=tree.root,
        files=tuple(files),
        scratch=tree.scratch,
        arguments=tuple(options.pop("args", ())),
        options=options,
    )


def needs_rewriting(steps: Iterable[FixStep], made: Made, shop: Workshop) -> bool:
    """True if there is a fixer that is to rewrite a file."""
    wanted = list(steps)
    return any(_files(tool, wanted, made, shop) for tool in rewriters(shop.tools, wanted))


def rewrite(steps: Sequence[FixStep], made: Made, shop: Workshop, tree: WorkTree) -> None:
    """Let the steps' fixers rewrite their files in `tree`, which has what `made` has.

    A formatter follows the other fixers: what it had no finding about it keeps in order, although
    no step says so.

    Raises:
        StoppedError: see there.
        ServiceError: the disk does not take it.
    """
    for tool in rewriters(shop.tools, steps):
        mine: defaultdict[str, list[FixStep]] = defaultdict(list)
        for step in steps:
            if step.fixer == tool.name and step.is_rewriting:
                mine[step.path].append(step)
        run = _Run(tool, mine, made, shop, tree)
        files = _files(tool, steps, made, shop)
        for start in range(0, len(files), _MOST_FILES):
            run.fix(files[start : start + _MOST_FILES])


def _files(tool: Tool, steps: Iterable[FixStep], made: Made, shop: Workshop) -> list[str]:
    meant = {step.path for step in steps if step.fixer == tool.name and step.is_rewriting}
    if tool.kind is not Kind.FORMAT:
        return sorted(meant)
    flagged = shop.flagged.get(tool.name, ())
    follows = {path for path in made.contents if path not in flagged and tool.files.matches(path)}
    return sorted(meant | follows)


@dataclass(frozen=True, slots=True)
class _Run:
    tool: Tool
    steps: Mapping[str, list[FixStep]]
    made: Made
    shop: Workshop
    tree: WorkTree

    def fix(self, files: list[str]) -> None:
        """Run the fixer over the files; if it strays, over halves of them, and refuse who does."""
        failure = self._run(files)
        strayed = self.tree.touched() - frozenset(files)
        if not (failure or strayed):
            self._take(files)
            return
        self.tree.rebuild()
        if strayed and len(files) > 1:
            middle = len(files) // 2
            self.fix(files[:middle])
            self.fix(files[middle:])
            return
        said = failure or f"{self.tool.name} also touched {min(strayed)}"
        for path in files:
            self.made.refuse(self.steps.get(path, ()), said)

    def _run(self, files: list[str]) -> str | None:
        """Why the run counts for nothing; None if it ended by itself, however it ended."""
        argv = self.tool.executable.argv()
        command = self.tool.fix_command
        if argv is None or command is None:
            return f"{self.tool.name} is not installed here"
        job = job_for(self.tool, files, self.shop, self.tree)
        run = run_tool(
            [*argv, *command(job)],
            cwd=job.root,
            environment=tool_environment(job.scratch),
            scratch=job.scratch,
            limits=self.shop.limits,
            is_wanted=self.shop.is_wanted,
        )
        if run.ending is Ending.STOPPED:
            raise StoppedError
        if run.exit_code:
            logger.info("%s ended with %d: %s", self.tool.name, run.exit_code, run.stderr[-500:])
        return None if run.ending is Ending.EXITED else reason(run.ending, self.shop.limits)

    def _take(self, files: list[str]) -> None:
        touched = self.tree.touched()
        taken_back = []
        for path in files:
            steps = self.steps.get(path, [])
            old = self.tree.content(path)
            new = self.tree.read(path) if path in touched else old
            said = self._objection(path, steps, old, new)
            if said is None and new is not None:
                self.tree.keep(path, new)
                self.made.contents[path] = new
                self.made.note(steps, old, new)
                continue
            self.made.refuse(steps, said or NO_CHANGE)
            if path in touched:
                taken_back.append(path)
        self.tree.restore(taken_back)

    def _objection(
        self, path: str, steps: list[FixStep], old: bytes, new: bytes | None
    ) -> str | None:
        if new is None:
            return f"{self.tool.name} left no plain file of the same mode"
        if new == old:
            # Whatever it was meant to do, the fixers before it may have done.
            return None if path in self.made.contents else NO_CHANGE
        return self.shop.guard.objection(self.tool.name, steps, Change(path, old, new))
