"""The interface of a project at two times, compared in a process of its own."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits, settings
from pipeline_mcp.tools.limits import Ending, reason
from pipeline_mcp.tools.runner import run_tool
from pipeline_mcp.versioning.errors import AnalysisError
from pipeline_mcp.versioning.layout import Shipped, shipped
from pipeline_mcp.versioning.trees import Tree

_PROGRAM = "pipeline_mcp.versioning.api_program"
_NO_PYTHON = "it is no Python that this interpreter understands"
_NOTHING_SHIPPED = "No package or module that the project ships was found, in the base or now."


@dataclass(frozen=True, slots=True)
class ApiChange:
    """One object of the interface that changed; `old` and `new` are its signatures.

    `path` is relative to the project; of a removed object it is where it was, in the base.
    """

    object: str
    reasons: tuple[str, ...]
    old: str | None
    new: str | None
    path: str
    line: int
    is_breaking: bool


@dataclass(frozen=True, slots=True)
class ApiDifference:
    """The changes, breaking ones first; `packages` were compared, `unread` says what could not be.

    What was not read may have changed: then nothing is known to be compatible.
    """

    changes: tuple[ApiChange, ...]
    packages: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def breaking(self) -> list[ApiChange]:
        """Those that may break a caller."""
        return [change for change in self.changes if change.is_breaking]


def compare(
    old: Tree,
    new: Tree,
    *,
    seconds: float | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> ApiDifference:
    """Compare the packages and modules that the project ships; nothing of it is run.

    `seconds` is the longest time that it may take, without it the setting `tool.timeout_seconds`.

    Raises:
        AnalysisError: it took too long or too much, or was no longer wanted.
        VersioningError: a file that describes the project cannot be read.
    """
    before, after = shipped(old), shipped(new)
    names = {each.name for each in before} & {each.name for each in after}
    changes = [_gone(each, old) for each in before if each.name not in names]
    changes += [_come(each, new) for each in after if each.name not in names]
    if not names:
        unshipped = () if changes else (_NOTHING_SHIPPED,)
        return ApiDifference(tuple(changes), (), unshipped)
    with tempfile.TemporaryDirectory(prefix="pipeline-mcp-api-") as directory:
        scratch = Path(directory)
        sides = (scratch / "old", scratch / "new")
        unread = _written(old, before, names, sides[0], "in the base")
        unread += _written(new, after, names, sides[1], "now")
        said = _run(sides, sorted(names), scratch, seconds, is_wanted)
        roots = {each.name: each.root for each in (*before, *after)}
        changes += [_change(row, sides, roots) for row in said["changes"]]
    for path, when in _broken(said["unparsed"], sides):
        unread.append(f"{_project_path(path, sides, roots)}: {_NO_PYTHON} ({when}).")
    unread += [f"{name}: {why}" for name, why in said["failures"].items()]
    changes.sort(key=lambda each: (not each.is_breaking, each.path, each.line, each.object))
    return ApiDifference(tuple(changes), tuple(sorted(names)), tuple(unread))


def _written(
    tree: Tree, ships: Iterable[Shipped], names: set[str], target: Path, when: str
) -> list[str]:
    """Write the sources that Python could import, in UTF-8; say which could not be read."""
    unread = []
    target.mkdir()
    wanted = [each for each in ships if each.name in names]
    paths = {path: each for each in wanted for path in tree.paths() if each.holds(path)}
    contents = tree.contents(paths)
    for path, ships_it in paths.items():
        try:
            text = _source(contents[path])
        except KeyError:
            unread.append(f"{path}: it is no regular file of a size that is read ({when}).")
        except (SyntaxError, ValueError, LookupError):
            unread.append(f"{path}: {_NO_PYTHON} ({when}).")
        else:
            _write(target / path.removeprefix(ships_it.root), text)
    return unread


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _source(content: bytes) -> str:
    """The text, by its own declaration of its encoding."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding)


def _run(
    sides: tuple[Path, Path],
    names: list[str],
    scratch: Path,
    seconds: float | None,
    is_wanted: Callable[[], bool],
) -> dict[str, Any]:
    limits: ToolLimits = settings().tool
    if seconds is not None:
        limits = limits.model_copy(update={"timeout_seconds": max(seconds, 0.1)})
    done = run_tool(
        [sys.executable, "-P", "-m", _PROGRAM, *map(str, sides), *names],
        cwd=scratch,
        environment=tool_environment(scratch),
        scratch=scratch,
        limits=limits,
        is_wanted=is_wanted,
    )
    if done.ending is Ending.STOPPED:
        raise AnalysisError("The comparison of the interfaces was stopped.")
    if done.ending is not Ending.EXITED:
        raise AnalysisError(f"The comparison of the interfaces {reason(done.ending, limits)}.")
    if done.exit_code != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.exit_code}"])[-1]
        raise AnalysisError(f"The interfaces could not be compared: {last[:300]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _change(row: dict[str, Any], sides: tuple[Path, Path], roots: dict[str, str]) -> ApiChange:
    return ApiChange(
        object=row["object"],
        reasons=tuple(row["reasons"]),
        old=row["old"],
        new=row["new"],
        path=_project_path(row["file"] or "", sides, roots),
        line=row["line"],
        is_breaking=row["is_breaking"],
    )


def _project_path(path: str, sides: tuple[Path, Path], roots: dict[str, str]) -> str:
    """Where the project has what the other process read in its copy."""
    for side in sides:
        path = path.removeprefix(f"{side.resolve()}/").removeprefix(f"{side}/")
    top = path.split("/")[0].rpartition(".py")[0] or path.split("/")[0]
    return roots.get(top, "") + path


def _broken(paths: list[str], sides: tuple[Path, Path]) -> list[tuple[str, str]]:
    """Files that the other process could not parse, and on which side they are."""
    whens = {f"{sides[0]}/": "in the base", f"{sides[1]}/": "now"}
    return [(path, when) for path in paths for side, when in whens.items() if path.startswith(side)]


def _gone(each: Shipped, tree: Tree) -> ApiChange:
    kind = "package" if each.is_package else "module"
    return ApiChange(
        each.name, ("removed",), f"{kind} {each.name}", None, _first(each, tree), 1, True
    )


def _come(each: Shipped, tree: Tree) -> ApiChange:
    kind = "package" if each.is_package else "module"
    return ApiChange(
        each.name, ("added",), None, f"{kind} {each.name}", _first(each, tree), 1, False
    )


def _first(each: Shipped, tree: Tree) -> str:
    return next(path for path in tree.paths() if each.holds(path))
