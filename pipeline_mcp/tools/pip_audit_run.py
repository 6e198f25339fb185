"""Runs pip-audit once per requirements file and prints its JSON reports, one a line.

pip-audit refuses a package that stands in two versions, even in two files of one run.
"""

from __future__ import annotations

import subprocess
import sys


def main(arguments: list[str]) -> int:
    """Audit the files after `--` with the options before it; 0, or what a run failed with."""
    border = arguments.index("--")
    options, files = arguments[:border], arguments[border + 1 :]
    for file in files:
        command = [sys.executable, "-P", "-m", "pip_audit", *options, "--requirement", file]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        sys.stderr.write(run.stderr)
        # It ends with 1 for a vulnerability as well as for a failure; only a failure is silent.
        if run.returncode > 1 or not run.stdout.strip():
            return run.returncode or 1
        sys.stdout.write(run.stdout.replace("\n", " ") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
