"""`python -m conformance`: run the official suite four times, and print what it found."""

from __future__ import annotations

import argparse
import sys

from conformance.legs import run_all
from conformance.report import publish, tables


def main() -> int:
    """Print the tables, or put them into the document; the exit code is 1 if a run failed."""
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/conformance.md")
    arguments = parser.parse_args()
    verdicts = run_all()
    print(tables(verdicts))
    if arguments.write:
        publish(tables(verdicts))
    failed = [(leg, verdict) for leg, verdict in verdicts.items() if verdict.exit_code]
    for leg, verdict in failed:
        print(f"{' '.join(leg)}: failed\n{verdict.printed[-3000:]}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
