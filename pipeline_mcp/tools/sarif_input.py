"""SARIF 2.1.0 as a tool prints it, turned into findings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Job
from pipeline_mcp.tools.sarif_places import Region, path_of, region_of

_SEVERITIES = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "note": Severity.INFO,
    "none": Severity.INFO,
}
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def level_severity(level: str) -> Severity:
    """The severity of a SARIF level."""
    return _SEVERITIES.get(level, Severity.WARNING)


def read_sarif(
    text: str,
    job: Job,
    *,
    tool: str,
    severity: Callable[[str], Severity] = level_severity,
) -> Iterator[Finding]:
    """The results of all runs in `text`, without those that are suppressed, absent or no failure.

    Raises:
        ToolOutputError: it is not SARIF 2.1.0, or it says that the tool did not finish.
    """
    try:
        log = json.loads(text)
        if log["version"] != "2.1.0":
            raise ToolOutputError(f"it printed SARIF {log['version']}, which is not 2.1.0")
        for run in log["runs"]:
            _expect_success(run)
            for result in run.get("results") or ():
                if _counts(result):
                    yield _finding(run, result, job, tool, severity)
    except (ValueError, RecursionError) as error:
        raise ToolOutputError(f"it did not print JSON: {error}") from error
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ToolOutputError(f"it did not print valid SARIF 2.1.0: {error!r}") from error


def _expect_success(run: dict[str, Any]) -> None:
    for invocation in run.get("invocations", ()):
        if invocation.get("executionSuccessful", True):
            continue
        notes = invocation.get("toolExecutionNotifications", ())
        said = "; ".join(note["message"].get("text", "") for note in notes)
        raise ToolOutputError(f"it says that it did not finish: {said or 'no reason given'}")


def _counts(result: dict[str, Any]) -> bool:
    """False for what passed, what is gone since the last run, and what somebody suppressed."""
    if result.get("kind", "fail") in ("pass", "notApplicable"):
        return False
    if result.get("baselineState") == "absent":
        return False
    suppressions = result.get("suppressions") or ()
    return not any(one.get("status", "accepted") == "accepted" for one in suppressions)


def _finding(
    run: dict[str, Any],
    result: dict[str, Any],
    job: Job,
    tool: str,
    severity: Callable[[str], Severity],
) -> Finding:
    rule = _rule(run, result)
    locations: Sequence[dict[str, Any]] = result.get("locations") or ({},)
    physical = locations[0].get("physicalLocation", {})
    path = path_of(run, physical.get("artifactLocation", {}), job)
    region = region_of(run, physical.get("region"), job, path) if path else Region()
    return Finding(
        tool=tool,
        rule=result.get("ruleId") or result.get("rule", {}).get("id") or rule.get("id") or tool,
        severity=severity(_level(result, rule)),
        message=_message(run, result["message"], rule),
        path=path,
        line=region.line,
        column=region.column,
        end_line=region.end_line,
        end_column=region.end_column,
    )


def _rule(run: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The description of the result's rule; empty where the tool gives none."""
    reference = result.get("rule", {})
    component = _component(run, reference.get("toolComponent", {}))
    rules = component.get("rules", ())
    index = result.get("ruleIndex", reference.get("index", -1))
    if index >= 0:
        return dict(rules[index])
    # An id may be hierarchical: `CA1000/1` is a special case of the rule `CA1000`.
    name = result.get("ruleId") or reference.get("id") or ""
    names = (name, name.rpartition("/")[0])
    return next((dict(rule) for rule in rules if rule.get("id") in names), {})


def _component(run: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    tool = run["tool"]
    index = reference.get("index", -1)
    return dict(tool["extensions"][index] if index >= 0 else tool["driver"])


def _level(result: dict[str, Any], rule: dict[str, Any]) -> str:
    if "level" in result:
        return str(result["level"])
    if result.get("kind", "fail") != "fail":
        return "none"
    return str(rule.get("defaultConfiguration", {}).get("level", "warning"))


def _message(run: dict[str, Any], message: dict[str, Any], rule: dict[str, Any]) -> str:
    """The text, or the rule's text under the message's id, with its arguments filled in."""
    if "text" in message:
        text = message["text"]
    elif "id" in message:
        shared = run["tool"]["driver"].get("globalMessageStrings", {})
        strings = {**shared, **rule.get("messageStrings", {})}
        text = strings[message["id"]]["text"]
    else:
        text = message["markdown"]
    arguments = message.get("arguments", ())
    if not arguments:
        return str(text)
    filled = _PLACEHOLDER.sub(lambda match: str(arguments[int(match[1])]), text)
    return filled.replace("{{", "{").replace("}}", "}")
