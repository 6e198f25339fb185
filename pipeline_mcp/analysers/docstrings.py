"""pydocstyle with exact output: `python -P -m pipeline_mcp.analysers.docstrings ARGUMENTS`.

Its own command line gives up on all files where one cannot be decoded, and passes over one that
does not parse in silence. `--` stands before the files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from pydocstyle.checker import check
from pydocstyle.config import ConfigurationParser, IllegalConfiguration

from pipeline_mcp.analysers.finding import Finding, Span, print_findings
from pipeline_mcp.analysers.source import UnreadableError, read_source


def main() -> None:
    """Print what was found; the exit code is 0 whatever that is, and not 0 for a usage error."""
    configuration = ConfigurationParser()
    try:
        configuration.parse()
        print_findings(_findings(configuration))
    except IllegalConfiguration as error:
        sys.exit(f"{error}")


def _findings(configuration: Any) -> Iterator[Finding]:
    # Its patterns for names do not match across a line break, so it passes over such files.
    missed = {path for path in sys.argv[sys.argv.index("--") + 1 :] if "\n" in path}
    for path, *settings in configuration.get_files_to_check():
        missed.discard(path)
        try:
            read_source(path)
            yield from _violations(path, *settings)
        except UnreadableError as error:
            yield Finding("parse-error", "error", error.reason, path, _at(error.line))
        except Exception as error:  # noqa: BLE001 - a crash on one file is a result
            yield _not_analysed(path, f"{type(error).__name__}: {error}")
    for path in missed:
        yield _not_analysed(path, "pydocstyle does not know names with line breaks")


def _violations(
    path: str, codes: list[str], ignored: Any, properties: Any, ignores_self_only: bool
) -> Iterator[Finding]:
    for error in check(
        (path,),
        select=codes,
        ignore_decorators=ignored,
        property_decorators=properties,
        ignore_self_only_init=ignores_self_only,
    ):
        if isinstance(error, Exception):
            yield _not_analysed(path, error)
        else:
            message = error.message.removeprefix(f"{error.code}: ")
            yield Finding(error.code, "info", message, path, _at(error.line))


def _not_analysed(path: str, reason: object) -> Finding:
    message = f"This file was not analysed: {reason}"
    return Finding("not-analysed", "info", message, path, _at(1))


def _at(line: int) -> Span:
    return Span(line, 0, 0, 0)


if __name__ == "__main__":
    main()
