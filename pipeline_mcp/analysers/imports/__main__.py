"""`python -P -m pipeline_mcp.analysers.imports LIST`, in the tree."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from pipeline_mcp.analysers.finding import print_findings
from pipeline_mcp.analysers.imports.check import check
from pipeline_mcp.analysers.source import read_list


def main() -> None:
    """Print what was found; the exit code is 0 whatever that is."""
    parser = argparse.ArgumentParser(prog="imports", description="Find broken imports and calls.")
    parser.add_argument("list", type=Path, help="file of paths, each ended by a NUL byte")
    parser.add_argument(
        "--root", action="append", default=[], help="a folder from which imports start"
    )
    parser.add_argument(
        "--left-out", type=Path, help="file of globs of what the tree lacks, each ended by a NUL"
    )
    arguments = parser.parse_args()
    left_out = read_list(arguments.left_out) if arguments.left_out else []
    # Millions of short-lived nodes and no cycles among them.
    gc.disable()
    print_findings(check(read_list(arguments.list), arguments.root, left_out))


if __name__ == "__main__":
    main()
