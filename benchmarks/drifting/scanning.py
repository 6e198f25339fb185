"""What real tools say of each version of each file, once however many commits have it."""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from drifting.history import History, Revision
from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.scanning.fingerprint import fingerprinted
from pipeline_mcp.scanning.judgement import judge_run
from pipeline_mcp.tools.contract import Job
from pipeline_mcp.tools.registry import TOOLS

# Not what other tools here say as well (D), what depends on other files (I, INP) or on taste in
# quotes and commas, of which every line would have one.
_RUFF_RULES = "E,W,F,B,S,C4,C90,SIM,UP,N,PL,PT,RET,ARG,TRY,BLE,A,ANN,ERA,PERF,FBT,PTH,RUF"
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "ruff": ("--isolated", f"--select={_RUFF_RULES}", "--target-version=py311"),
    "flake8": ("--isolated",),
    "pydocstyle": (),
    "bandit": (),
    "codespell": (),
}
_FILES_AT_ONCE = 400

Version = tuple[str, str]


class Scans:
    """The findings of every file of the revisions, without configuration of the repository.

    So a commit that changes the configuration changes no findings, and each version of a file is
    scanned once: no rule here looks at more than one file.
    """

    def __init__(self, history: History, revisions: Sequence[Revision]) -> None:
        versions = sorted({item for one in revisions for item in one.blobs.items()})
        blobs = sorted({blob for _, blob in versions})
        self.texts = {
            blob: content.decode("utf-8", "replace") for blob, content in history.texts(blobs)
        }
        self._found: defaultdict[Version, list[Finding]] = defaultdict(list)
        for at in range(0, len(versions), _FILES_AT_ONCE):
            self._scan(versions[at : at + _FILES_AT_ONCE])

    def of(self, revision: Revision) -> list[Finding]:
        """All findings of a revision, by path."""
        return [one for item in sorted(revision.blobs.items()) for one in self._found[item]]

    def _scan(self, versions: Sequence[Version]) -> None:
        with tempfile.TemporaryDirectory(prefix="drift-") as directory:
            root = Path(directory).resolve() / "tree"
            for path, blob in versions:
                file = root / blob / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(self.texts[blob], "utf-8", newline="")
            found: defaultdict[Version, list[Finding]] = defaultdict(list)
            for name in ARGUMENTS:
                for finding in _judged(name, root, versions):
                    blob, _, path = finding.path.partition("/")
                    found[path, blob].append(replace(finding, path=path, fingerprint=""))
        for (path, blob), findings in found.items():
            source = {path: self.texts[blob]}
            self._found[path, blob] = fingerprinted(findings, source.get)


def _judged(name: str, root: Path, versions: Iterable[Version]) -> Iterator[Finding]:
    tool = TOOLS[name]
    files = tuple(sorted(f"{blob}/{path}" for path, blob in versions if tool.files.matches(path)))
    with tempfile.TemporaryDirectory(prefix="drift-scratch-") as scratch:
        job = Job(root, files, Path(scratch), arguments=ARGUMENTS[name])
        judged = judge_run(tool, job, limits=ToolLimits(), is_wanted=lambda: True)
    if judged is None or judged.result.outcome is not Outcome.OK:
        raise SystemExit(f"{name} failed: {judged and judged.result.reason}")
    print(f"  {name}: {len(judged.findings)} findings of {len(files)} files", file=sys.stderr)
    yield from judged.findings


def sources(scans: Scans, revision: Revision) -> Mapping[str, str]:
    """The text of each file of a revision."""
    return {path: scans.texts[blob] for path, blob in revision.blobs.items()}
