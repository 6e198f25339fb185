"""Three small repositories with known flaws, and a slow tool of our own that looks at them."""

from __future__ import annotations

import sys
from pathlib import Path

from fixtures.git import GitRepository

# Fast ones, and `slow`, so that a kill meets units that run.
TOOLS = ("ruff", "flake8", "codespell", "yamllint", "shellcheck", "hadolint", "slow")

_UNUSED = (
    '"""A module."""\n\nimport os\nimport sys\n\n\ndef go(x):\n    y = x\n    return sys.argv\n'
)
_MISSPELT = (
    '"""Recieve and seperate."""\n\n\ndef recieve(items=[]):  # TODO: no list\n    return items\n'
)
_BARE = (
    '"""Guard."""\n\n\ndef guard():\n    try:\n        return 1\n    except:\n        return l\n'
)
_SHELL = "#!/bin/sh\nfor f in $(ls *.txt); do\n  echo $f   # TODO quote\ndone\n"
_YAML = "a: 1\na: 2\nlist:\n - one\n -  two\nlong: yes\n"
_DOCKER = "FROM debian\nRUN apt-get install curl\nRUN cd /tmp\nMAINTAINER nobody\n"

_SLOW = """\
import sys
import time

time.sleep(0.2)
for name in sys.argv[1:]:
    time.sleep({pause})
    with open(name, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if "TODO" in line:
                print(f"{{name}}:{{number}}: something is left to do")
"""

# The repository that git knows, and what is new in it since.
CHANGED = "service"
_CHANGES = {"fresh.py": _UNUSED, "added.sh": _SHELL}


def _python(number: int) -> dict[str, str]:
    kinds = (_UNUSED, _MISSPELT, _BARE)
    return {f"pkg/module_{n}.py": kinds[n % 3] for n in range(number)}


REPOSITORIES: dict[str, dict[str, str]] = {
    "library": _python(9) | {"setup.sh": _SHELL, ".github/workflows/ci.yml": _YAML},
    "service": _python(4) | {"Dockerfile": _DOCKER, "run.sh": _SHELL, "deploy.yaml": _YAML},
    "scripts": {f"bin/step_{n}.sh": _SHELL for n in range(6)} | _python(2) | {"all.yml": _YAML},
}


def write_repository(name: str, directory: Path, *, copy: int, changed: bool = False) -> Path:
    """Write a copy of the repository into `directory`; gives the directory.

    The copies have the same findings, and each one's files differ from those of all others in
    a last comment, so that no result cache knows them. With `changed` git knows a version before
    a change, which has broken something.
    """
    repository = GitRepository(directory)
    for path, text in REPOSITORIES[name].items():
        repository.write(path, text + mark(copy))
    if changed:
        repository.git("init", "--quiet")
        repository.commit()
        for path, text in _CHANGES.items():
            repository.write(path, text + mark(copy))
    return directory


def mark(copy: int) -> str:
    """The last line of all files of that copy."""
    return f"# copy {copy}\n"


def write_slow_tool(file: Path, *, pause: float) -> None:
    """Write the program of the tool `slow`: it takes `pause` seconds for each file."""
    # Isolated, or it would import what lies in the repository.
    file.write_text(f"#!{sys.executable} -I\n{_SLOW.format(pause=pause)}")
    file.chmod(0o755)


def operator_file(slow: Path) -> str:
    """The operator's configuration: the tools that every session runs."""
    return f"""\
tools: [{", ".join(TOOLS)}]
custom_tools:
  slow:
    command: ["{slow}", "{{files}}"]
    files: ["*.py", "*.sh"]
    parser:
      kind: regex
      pattern: '^(?P<path>[^:]+):(?P<line>\\d+): (?P<message>.*)$'
"""
