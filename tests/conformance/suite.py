"""Run the official conformance suite against a server, and read what it found."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from conformance.node import HERE, script

PACKAGE = "@modelcontextprotocol/conformance"
REVISIONS = ("2025-11-25", "2026-07-28")
_TIMEOUT_SECONDS = 110

# On a server without the suite's tools these pass whatever it does: an error that says that there
# is no such tool is all that they look for. (`input-required-result-missing-input-response` and
# `-validate-input` pass likewise where warnings do not count; here they do.)
PASS_FOR_NOTHING = {
    "tools-call-simple-text",
    "tools-call-error",
    "input-required-result-ignore-extra-params",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the suite found in one scenario; `statuses` counts its checks by their outcome."""

    name: str
    is_scored: bool
    statuses: Counter[str]
    complaints: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True if it checked something, and neither failed nor warned."""
        return self.checks > 0 and not self.complaints

    @property
    def checks(self) -> int:
        """How many checks came out one way or the other."""
        return sum(self.statuses[status] for status in ("SUCCESS", "FAILURE", "WARNING"))

    @property
    def is_about_tasks(self) -> bool:
        """True for the extension `io.modelcontextprotocol/tasks`."""
        return self.name.startswith("tasks-")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run of the suite ended; `exit_code` is 0 if exactly the baseline failed."""

    exit_code: int
    printed: str
    scenarios: tuple[Scenario, ...]

    @property
    def scored(self) -> list[Scenario]:
        """The scenarios that the revision requires."""
        return [scenario for scenario in self.scenarios if scenario.is_scored]

    @property
    def tasks(self) -> list[Scenario]:
        """The scenarios of the Tasks extension."""
        return [scenario for scenario in self.scenarios if scenario.is_about_tasks]


def run_suite(url: str, revision: str, baseline: Path) -> Verdict:
    """Run all that the revision requires, and what the suite has beside it."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as directory:
        command = [*script(PACKAGE, "dist/index.js"), "server", "--url", url]
        command += ["--requirements", revision, "--expected-failures", str(baseline)]
        done = subprocess.run(
            [*command, "--output-dir", directory],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        scenarios = tuple(_scenarios(Path(directory), revision))
    return Verdict(done.returncode, done.stdout + done.stderr, scenarios)


def _scenarios(results: Path, revision: str) -> Iterator[Scenario]:
    """In the order of the requirements; the suite has a directory with a date for each."""
    found = {
        re.sub(r"^server-(.+?)-\d{4}-\d\d-\d\dT.*$", r"\1", file.parent.name): file
        for file in results.glob("*/checks.json")
    }
    required = yaml.safe_load(_requirements(revision).read_text())
    beside = [each["scenario"] for each in required["not_scored"] if each["leg"] == "server"]
    for name in (*required["server"], *beside):
        checks = json.loads(found[name].read_text()) if name in found else []
        yield _scenario(name, name in required["server"], checks)


def _scenario(name: str, is_scored: bool, checks: list[dict[str, Any]]) -> Scenario:
    bad = [check for check in checks if check["status"] in ("FAILURE", "WARNING")]
    complaints = tuple(f"{check['id']}: {check.get('errorMessage', '')}" for check in bad)
    return Scenario(name, is_scored, Counter(check["status"] for check in checks), complaints)


def _requirements(revision: str) -> Path:
    return HERE / "node_modules" / PACKAGE / "requirements" / f"{revision}.yaml"
