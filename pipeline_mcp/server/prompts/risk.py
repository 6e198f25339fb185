"""The prompt "review this change's risk"."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from pipeline_mcp.domain.report import Report
from pipeline_mcp.reporting.document import timestamp
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.verdict import counts_by_severity
from pipeline_mcp.reporting.wording import count
from pipeline_mcp.server.prompts.facts import (
    below,
    data_block,
    refuse,
    saying_what_is_wrong,
    session_report,
    tool_names,
)

_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_./@{}^~+-]{0,199}")

_TASK = """\
Review how risky it is to merge the change since {base}, and change nothing.

1. See what it is: `git diff --stat {base}...HEAD`, then the diff itself, and `git status` for \
what is not committed.
2. Call `pipeline_run_full` on the workspace with wait_seconds=45, and `pipeline_status` with its \
session_id until results.status is final. A new finding is one that no baseline covers; \
`incomplete` means that a tool did not finish, and says nothing about what it would have found.
{assess}{number}. Weigh: how many files and how spread; code that many others import; security, \
data and schema changes, concurrency, error handling, dependencies, CI and build files; behaviour \
that changed without a test that changed; each new finding of severity error or of a security tool.

Answer with a verdict (low, medium or high), the reasons, worst first, each with file and line, \
what to check or test before the merge, and what you could not see. Say what you have measured and \
what you infer."""


def review_change_risk(
    base: Annotated[
        str, Field(description="What the change is compared with: a branch, tag or commit.")
    ] = "main",
) -> str:
    """Judge how risky the current change is to merge, by its diff and by what the tools find."""
    if not _REVISION.fullmatch(base):
        raise refuse("base", "send the name of a branch, a tag or a commit, such as main")
    return saying_what_is_wrong(lambda: _text(base, session_report(None)))


def _text(base: str, latest: Report | None) -> str:
    has_risk = "risk_assess" in tool_names()
    assess = "3. Call `risk_assess`, and take its score and its reasons in.\n" if has_risk else ""
    task = _TASK.format(base=base, assess=assess, number=4 if has_risk else 3)
    return "\n\n".join([task, *_known(latest)])


def _known(latest: Report | None) -> list[str]:
    """What is known before a new session; it may be of something else, so it says of what."""
    if latest is None:
        return []
    fresh = below(latest.new_findings, None)
    severities = ", ".join(
        f"{number} {name}" for name, number in counts_by_severity(fresh).items() if number
    )
    block, shown = data_block(fresh)
    facts = (
        f"The latest session so far is {latest.session_id} over {visible(latest.workspace)}, "
        f"accepted {timestamp(latest.created_at)}: {latest.status}, "
        f"{count(len(fresh), 'new finding')}"
    )
    if not fresh:
        return [f"{facts}. Use it only if it is of this change."]
    return [
        f"{facts} ({severities}); the {shown} most urgent of them follow. Use them only if the "
        "session is of this change.",
        block,
    ]
