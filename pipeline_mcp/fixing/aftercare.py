"""A fixer cleans up after itself: what its own fixes have added, and it can fix, goes as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pipeline_mcp.domain.finding import Edit, Finding
from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.fixing.choosing import choose, fixer_rank
from pipeline_mcp.fixing.comparison import Scan, compare
from pipeline_mcp.fixing.document import EditError, edited, read_document
from pipeline_mcp.fixing.guards import Change
from pipeline_mcp.fixing.making import Made
from pipeline_mcp.fixing.rewriting import StoppedError, Workshop, job_for
from pipeline_mcp.fixing.worktree import WorkTree
from pipeline_mcp.scanning.judgement import judge_run
from pipeline_mcp.tools.contract import Scope, Tool

# An import that a fix has made useless is gone after one pass, what that left over after another.
_MOST_PASSES = 5


def followers(steps: Iterable[FixStep], shop: Workshop) -> list[Tool]:
    """The tools that are to look at their own fixes: those that judge file by file."""
    named = {step.fixer for step in steps if step.edits}
    found = [shop.tools[name] for name in sorted(named & shop.tools.keys(), key=fixer_rank)]
    return [tool for tool in found if tool.scope is not Scope.PROGRAM]


def clean_up(steps: Sequence[FixStep], made: Made, shop: Workshop, tree: WorkTree) -> None:
    """Let each fixer judge the files that its steps have changed, and fix what is new there.

    It ends no finding that was there before, so that nothing of it counts as a fix.

    Raises:
        StoppedError: see there.
        ServiceError: the disk does not take it.
    """
    for tool in followers(steps, shop):
        meant = {step.path for step in steps if step.fixer == tool.name and step.edits}
        files = sorted(meant & made.contents.keys())
        for _ in range(_MOST_PASSES if files else 0):
            added = _added(tool, files, shop, tree)
            if not (added and _fix(tool, added, made, shop, tree)):
                break


def _added(tool: Tool, files: list[str], shop: Workshop, tree: WorkTree) -> tuple[Finding, ...]:
    """What the tool says of the files that it did not say before."""
    job = job_for(tool, files, shop, tree)
    judgement = judge_run(tool, job, limits=shop.limits, is_wanted=shop.is_wanted)
    if judgement is None:
        raise StoppedError
    if judgement.result.outcome is not Outcome.OK:
        return ()  # the scan of the candidate will tell
    known = tuple(
        one for one in shop.findings if one.tool == tool.name and one.path in frozenset(files)
    )

    def texts(path: str) -> tuple[str, str] | None:
        before, after = (read_document(one) for one in (shop.original(path), tree.content(path)))
        return (before.text, after.text) if before and after else None

    return compare(Scan(known, {}), Scan(judgement.findings, {}), texts).added


def _fix(tool: Tool, added: Iterable[Finding], made: Made, shop: Workshop, tree: WorkTree) -> bool:
    """True if anything was changed."""
    steps = choose(added, tree.content, shop.tools, limit=None, unsafe=shop.unsafe)
    by_path: defaultdict[str, list[Edit]] = defaultdict(list)
    for step in steps:
        by_path[step.path] += step.edits
    changed = []
    for path, edits in by_path.items():
        old = tree.content(path)
        try:
            new = edited(old, edits)
        except EditError:
            continue
        if new != old and not shop.guard.objection(tool.name, (), Change(path, old, new)):
            tree.keep(path, new)
            made.contents[path] = new
            changed.append(path)
    tree.restore(changed)
    return bool(changed)
