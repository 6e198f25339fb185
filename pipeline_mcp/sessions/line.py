"""The line that a session is to hold, found out when it is accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pipeline_mcp.config.line_settings import SuppressionRule
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.domain.baseline import BaselineError
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.suppression import SUPPRESSED, Suppression
from pipeline_mcp.scanning.line import BASE, BASELINE
from pipeline_mcp.workspace.baseline_file import read_baseline

DEFAULT_PATH = str(Settings.model_fields["baseline"].default)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The suppressions that hold today, as a request has them, and what must be said of others."""

    active: tuple[dict[str, Any], ...]
    notices: tuple[str, ...]


def holding_the_line(request: SessionRequest, current: Settings) -> SessionRequest:
    """The request with the workspace's baseline and the suppressions that hold today.

    Raises:
        BaselineError: the baseline cannot be used, or is configured and does not exist.
    """
    suppressions = suppressed(current, today())
    return replace(
        request,
        notices=(*request.notices, *suppressions.notices),
        baseline=usable_baseline(Path(request.workspace), current),
        suppressions=suppressions.active,
    )


def today() -> date:
    """The day in UTC: all hosts agree on when a suppression expires."""
    return datetime.now(UTC).date()


def suppressed(current: Settings, day: date) -> Suppressed:
    """Tell the suppressions that hold on that day from those that have expired."""
    active, notices = [], []
    for rule in current.suppressions:
        suppression = _suppression(rule)
        if rule.expires is None or rule.expires >= day:
            active.append(asdict(suppression))
        else:
            notices.append(
                f"The suppression of {suppression.subject} expired on {suppression.expires}, and "
                f"its findings count again: {suppression.reason} ({suppression.owner})."
            )
    return Suppressed(tuple(active), tuple(notices))


def usable_baseline(workspace: Path, current: Settings) -> str:
    """The path of the baseline file, empty where there is none.

    Raises:
        BaselineError: it cannot be used, or the configuration names one that does not exist.
    """
    path = current.baseline
    if not path or read_baseline(workspace, path) is not None:
        return path
    if path != DEFAULT_PATH:
        raise BaselineError(path, "it does not exist")
    return ""


def line_notices(findings: Iterable[Finding], held: tuple[str, str] | None) -> tuple[str, ...]:
    """How many findings are known, and by what; `held` is the baseline's path and sha256."""
    counted = {BASELINE: 0, BASE: 0, SUPPRESSED: 0}
    base = ""
    for finding in findings:
        for kind in counted:
            if finding.known_by.startswith(kind):
                counted[kind] += 1
                base = finding.known_by.removeprefix(BASE) if kind == BASE else base
    said = []
    if held is not None:
        path, sha256 = held
        said.append(f"{_are(counted[BASELINE])} known by {path} (sha256 {sha256[:12]}).")
    if counted[SUPPRESSED]:
        said.append(f"{_are(counted[SUPPRESSED])} suppressed by the configuration.")
    if counted[BASE]:
        said.append(f"{_are(counted[BASE])} older than the change since {base}.")
    return tuple(said)


def _are(number: int) -> str:
    return "1 finding is" if number == 1 else f"{number:,} findings are"


def _suppression(rule: SuppressionRule) -> Suppression:
    return Suppression(
        reason=rule.reason,
        owner=rule.owner,
        tool=rule.tool,
        rule=rule.rule,
        path=rule.path or "",
        fingerprint=rule.fingerprint or "",
        expires=rule.expires.isoformat() if rule.expires else "",
    )
