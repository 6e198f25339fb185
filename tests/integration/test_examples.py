"""The examples do what their README says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_agent_reads_the_worst_findings_of_the_shop(state_dir: Path) -> None:
    said = subprocess.run(
        [sys.executable, ROOT / "examples" / "agent.py", ROOT / "examples" / "shop"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said[0].endswith(": failed")
    assert "error   prices.py:13" in said[1]
    assert any("deploy.sh" in line for line in said)
