"""Checks that the documentation is true: links resolve, commands parse, the changelog is open."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Code blocks in these languages are for the reader to run.
RUNNABLE = {"sh", "bash", "console"}

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)
_SHELL_ENDS_THE_COMMAND = {"|", ">", ">>", "<", "&&", "||", ";", "&"}


def main() -> int:
    """Print every problem; the exit code is 1 if there is one."""
    documents = sorted(_documents())
    problems = [problem for document in documents for problem in _broken_links(document)]
    problems += _broken_commands(documents)
    problems += _closed_changelog()
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(f"{len(documents)} documents, {len(problems)} problems\n")
    return 1 if problems else 0


def _documents() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    for directory in ("docs", "examples", "benchmarks"):
        yield from (ROOT / directory).rglob("*.md")


def _broken_links(document: Path) -> Iterator[str]:
    prose = _BLOCK.sub("", document.read_text(encoding="utf-8"))
    for target in _LINK.findall(prose):
        if re.match(r"[a-z]+:", target):
            continue  # another site's address
        name, _, anchor = target.partition("#")
        file = (document.parent / name) if name else document
        if not file.exists():
            yield f"{_short(document)}: the link {target} leads nowhere"
        elif anchor and file.suffix == ".md" and anchor not in _anchors(file):
            yield f"{_short(document)}: {target} names no heading"


def _anchors(document: Path) -> set[str]:
    prose = _BLOCK.sub("", document.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(prose)
    }


def _broken_commands(documents: list[Path]) -> Iterator[str]:
    commands = {
        tuple(command): document for document in documents for command in _commands(document)
    }
    for command, document in commands.items():
        done = subprocess.run(_dry(command), cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            yield f"{_short(document)}: `{shlex.join(command)}` does not parse: {reason}"


def _commands(document: Path) -> Iterator[list[str]]:
    for language, block in _BLOCK.findall(document.read_text(encoding="utf-8")):
        if language not in RUNNABLE:
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = _words(line.removeprefix("$ "))
            if words and words[0] in ("pipeline-mcp", "make"):
                yield words


def _words(line: str) -> list[str]:
    """The first command of a shell line, without variables before it and what follows it."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []  # the output of a command, not a command
    while words and re.match(r"[A-Z_]+=", words[0]):
        del words[0]
    end = next((at for at, word in enumerate(words) if word in _SHELL_ENDS_THE_COMMAND), None)
    return words[:end]


def _dry(command: tuple[str, ...]) -> list[str]:
    """The command in a form that is parsed and does nothing."""
    program, *arguments = command
    if program == "make":
        return ["make", "--dry-run", *arguments]
    return [str(Path(sys.executable).parent / program), *arguments, "--help"]


def _closed_changelog() -> list[str]:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return [] if "\n## [Unreleased]\n" in changelog else ["CHANGELOG.md: no section [Unreleased]"]


def _short(document: Path) -> str:
    return str(document.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
