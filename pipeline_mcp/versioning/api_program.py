"""`python -P -m pipeline_mcp.versioning.api_program OLD NEW NAME…`: compare packages, as JSON.

Static alone: the packages are parsed and never imported. Each NAME is a package or module that lies
in both directories, OLD and NEW.
"""

from __future__ import annotations

import argparse
import ast
import json
import logging
import sys
from pathlib import Path
from typing import Any

import griffe

from pipeline_mcp.versioning.api_difference import differences

# Deeply nested source is refused by the parser itself; walking what it took needs some depth.
_DEPTH = 10_000


def main() -> None:
    """Print one object: `changes`, `failures` by package, and the files that are `unparsed`."""
    parser = argparse.ArgumentParser(prog="api_program", description="Compare interfaces.")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(_DEPTH)
    unparsed = [file for side in (arguments.old, arguments.new) for file in _unparsed(Path(side))]
    changes: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    for name in arguments.names:
        try:
            changes += differences(_load(name, arguments.old), _load(name, arguments.new))
        except (griffe.GriffeError, ImportError, SyntaxError, ValueError, RecursionError) as error:
            failures[name] = f"{type(error).__name__}: {error}"[:300]
    json.dump({"changes": changes, "failures": failures, "unparsed": unparsed}, sys.stdout)


def _unparsed(directory: Path) -> list[str]:
    """Files that griffe would leave out without a word."""
    found = []
    for file in sorted(directory.rglob("*.py*")):
        try:
            ast.parse(file.read_text(encoding="utf-8-sig"))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            found.append(str(file))
    return found


def _load(name: str, directory: str) -> griffe.Object | griffe.Alias:
    loader = griffe.GriffeLoader(
        search_paths=[directory], allow_inspection=False, force_inspection=False
    )
    loaded = loader.load(name, try_relative_path=False)
    # Nothing outside of the directory is looked for.
    loader.resolve_aliases(implicit=True, external=False)
    return loaded


if __name__ == "__main__":
    main()
