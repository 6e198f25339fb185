"""Runs yamllint over files and prints its problems as JSON lines.

yamllint's own command stops at the first file that it cannot decode, and its output cannot tell
a file name from a position.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yamllint import linter  # type: ignore[import-untyped]
from yamllint.config import YamlLintConfig, YamlLintConfigError  # type: ignore[import-untyped]

_CONFIG_FILES = (".yamllint", ".yamllint.yaml", ".yamllint.yml")

# For a repository that says nothing: what is wrong, not what is a matter of taste.
_DEFAULT = """
extends: relaxed
rules:
  line-length: disable
  new-lines: {level: warning}
  new-line-at-end-of-file: {level: warning}
  trailing-spaces: {level: warning}
"""


def main() -> int:
    """Lint the files of the command line; 0 unless the configuration is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--config-file")
    parser.add_argument("-d", "--config-data")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    try:
        configuration = _configuration(arguments.config_file, arguments.config_data)
    except (YamlLintConfigError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"wrong configuration: {error}\n")
        return 2
    for file in arguments.files:
        for problem in _problems(file, configuration):
            sys.stdout.write(json.dumps({"file": file, **problem}) + "\n")
    return 0


def _configuration(file: str | None, data: str | None) -> Any:
    if data is not None:
        return YamlLintConfig(data if ":" in data else f"extends: {data}")
    for candidate in [file] if file else _CONFIG_FILES:
        if file or Path(candidate).is_file():
            return YamlLintConfig(file=candidate)
    return YamlLintConfig(_DEFAULT)


def _problems(file: str, configuration: Any) -> Iterator[dict[str, Any]]:
    try:
        content = Path(file).read_bytes()
        for problem in linter.run(content, configuration, file.removeprefix("./")):
            yield {
                "line": problem.line,
                "column": problem.column,
                "level": problem.level,
                "rule": problem.rule or "syntax",
                "message": problem.desc,
            }
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        yield _unreadable(str(error))
    except RecursionError:
        yield _unreadable("it is nested too deeply")


def _unreadable(reason: str) -> dict[str, Any]:
    return {"line": 0, "column": 0, "level": "error", "rule": "syntax", "message": reason}


if __name__ == "__main__":
    sys.exit(main())
