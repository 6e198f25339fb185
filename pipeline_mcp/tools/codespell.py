"""codespell: common misspellings in any text file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline_mcp.domain.finding import Edit, Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.configuration import ini_section, pyproject_table
from pipeline_mcp.tools.contract import (
    Completed,
    Cost,
    FilePattern,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import PythonModule
from pipeline_mcp.tools.output import Shard

# Neither encodings nor binary files nor configuration files are worth a word on stderr.
_ONLY_FINDINGS = "--quiet-level=35"
# Words with several candidates, or with a caveat, are left alone and do not count as a failure.
_ONLY_FIX = "--quiet-level=63"

# What codespell takes for a word.
_WORD = re.compile(r"[\w\-'\u2019]+")
_CORRECTION = re.compile(r"(\S+) ==> ([^|]+?)(?:\s+\|\s(.*))?")


def command(job: Job) -> list[str]:
    """Check all text files of the shard, hidden ones too; codespell itself skips binary files."""
    return [_ONLY_FINDINGS, *_options(job), *job.arguments, "--", *job.targets]


def fix_command(job: Job) -> list[str]:
    """Correct the words that have one candidate."""
    return ["--write-changes", _ONLY_FIX, *_options(job), *job.arguments, "--", *job.targets]


def _options(job: Job) -> list[str]:
    options = ["--check-hidden", "--disable-colors"]
    skipped = _skip_patterns(job)
    return [*options, f"--skip={','.join(skipped)}"] if skipped else options


def _skip_patterns(job: Job) -> list[str]:
    """The repository's `skip`, so that a directory's pattern covers the files in it too.

    codespell matches a directory only while it walks, and it is given files here.
    """
    configured = pyproject_table(job.root, "codespell") or {}
    for name in ("setup.cfg", ".codespellrc"):  # in codespell's order: the last word counts
        configured |= ini_section(job.root / name, "codespell") or {}
    skip = configured.get("skip", "")
    patterns = skip.split(",") if isinstance(skip, str) else [str(entry) for entry in skip]
    cleaned = [pattern.strip().rstrip("/") for pattern in patterns if pattern.strip()]
    return [glob for pattern in cleaned for glob in (pattern, f"{pattern}/*", f"*/{pattern}/*")]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per misspelt word."""
    completed.expect(0, 65)
    # A number alone is what `count` in the configuration adds.
    if not re.fullmatch(r"\s*\d*\s*", completed.stderr):
        raise ToolOutputError(f"it said on stderr: {completed.stderr.strip()[-800:]}")
    seen: Counter[tuple[str, int, str]] = Counter()
    lines = _Lines(job)
    for path, line, _, message in Shard(job).entries(completed.stdout):
        match = _CORRECTION.fullmatch(message)
        if match is None:
            raise ToolOutputError(f"it printed what is no correction: {message[:800]}")
        word, candidates, caveat = match.groups()
        column = lines.column(path, line, word, seen[path, line, word])
        seen[path, line, word] += 1
        correction = _Correction(word, candidates.rstrip(","), caveat)
        yield _finding(path, line, column, correction)


@dataclass(frozen=True, slots=True)
class _Correction:
    word: str
    candidates: str
    caveat: str | None

    @property
    def is_certain(self) -> bool:
        return "," not in self.candidates and self.caveat is None

    def __str__(self) -> str:
        return f"{self.word} ==> {self.candidates}" + (f" ({self.caveat})" if self.caveat else "")


def _finding(path: str, line: int, column: int, correction: _Correction) -> Finding:
    end = column + len(correction.word) if column else 0
    edit = Edit(line, column, line, end, correction.candidates)
    return Finding(
        tool="codespell",
        rule="misspelling",
        # A misspelling breaks nothing.
        severity=Severity.INFO,
        message=str(correction),
        path=path,
        line=line,
        column=column,
        end_line=line if column else 0,
        end_column=end,
        fixable=correction.is_certain,
        edits=(edit,) if correction.is_certain and column else (),
    )


class _Lines:
    """The lines of the file that was read last, decoded as codespell does."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._path = ""
        self._lines: list[str] = []

    def column(self, path: str, line: int, word: str, skip: int) -> int:
        """Where the word stands in its line after `skip` occurrences, from 1; 0 if nowhere."""
        if path != self._path:
            self._path, self._lines = path, _read(self._job, path)
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        columns = [match.start() + 1 for match in _WORD.finditer(text) if match.group() == word]
        return columns[skip] if skip < len(columns) else 0


def _read(job: Job, path: str) -> list[str]:
    content = (job.root / path).read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("iso-8859-1")
    return re.split(r"\r\n|\r|\n", text)


TOOL = Tool(
    name="codespell",
    kind=Kind.SPELLING,
    summary="Common misspellings",
    url="https://github.com/codespell-project/codespell",
    files=FilePattern(every=True),
    scope=Scope.FILE,
    executable=PythonModule("codespell_lib", distribution="codespell"),
    command=command,
    parse=parse,
    fix_command=fix_command,
    # The last ones are usual names of the word lists that the configuration points to.
    config_files=(
        ".codespellrc",
        "setup.cfg",
        "pyproject.toml",
        ".codespellignore",
        ".codespell-ignore",
        ".codespell-ignore-words.txt",
        "codespell-ignore-words.txt",
        ".codespell_ignore_words",
    ),
    cost=Cost(startup=0.1, per_kib=0.0001),
    samples=(
        Sample(
            title="a misspelt word",
            # Written so that a spell checker passes over this file itself.
            files={"README.md": "# " + "Teh" + " title\n\nAll is well.\n"},
            expected=(("README.md", "misspelling", 1),),
        ),
    ),
)
