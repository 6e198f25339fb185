"""What is said of a patch: the commit's message, the pull request, and the comment on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pipeline_mcp.domain.integration import Change, Committed, LeftOut, RuleCount
from pipeline_mcp.integration.ownership import trailers
from pipeline_mcp.reporting.markdown import code, escaped
from pipeline_mcp.reporting.sanitise import visible
from pipeline_mcp.reporting.wording import count

_MOST_ROWS = 50
_LONGEST_NAME = 80
_BEGIN, _END = "<!-- pipeline-mcp begin -->", "<!-- pipeline-mcp end -->"
COMMENT_MARK = "<!-- pipeline-mcp comment -->"


def totals(changes: Iterable[Change]) -> list[RuleCount]:
    """Findings by tool and rule, in the order of their names."""
    sums: Counter[tuple[str, str]] = Counter()
    for change in changes:
        for one in change.rules:
            sums[one.tool, one.rule] += one.findings
    return [RuleCount(tool, rule, number) for (tool, rule), number in sorted(sums.items())]


def subject(counts: Sequence[RuleCount], files: int) -> str:
    """The first line."""
    findings = sum(one.findings for one in counts)
    if not findings:
        return f"Apply a verified patch to {count(files, 'file')}"
    tools = sorted({one.tool for one in counts})
    named = " and ".join(map(_name, tools)) if len(tools) <= 2 else count(len(tools), "tool")
    return f"Fix {count(findings, 'finding')} of {named}"


def commit_message(
    session_id: str, tree: str, changes: Sequence[Change], left_out: Sequence[LeftOut]
) -> str:
    """The subject, the rules with their counts by tool, and the trailers."""
    counts = totals(changes)
    blocks = [subject(counts, len(changes)), "\n".join(_rows(counts))]
    if left_out:
        files = count(len(left_out), "file")
        blocks.append(f"Left out, because it is not committed as the session saw it: {files}.")
    return "\n\n".join([*filter(None, blocks), trailers(session_id, tree)])


def pull_request_body(session_id: str, changes: Sequence[Change], done: Committed) -> str:
    """The part of a pull request's text that is ours, between its marks."""
    blocks = [
        _BEGIN,
        f"Verified fixes of {count(len(done.files), 'file')}: each was made on a copy of the "
        "workspace, all tools of the session were run again, and what made anything worse was "
        "dropped.",
        _table(totals(changes)),
        f"Session {code(session_id)}. This text is replaced when the branch is.",
        _END,
    ]
    return "\n\n".join(filter(None, blocks))


def merged_body(earlier: str, ours: str) -> str | None:
    """A pull request's text with our part in the place of the earlier one; None if it has none."""
    before, begin, rest = earlier.replace("\r\n", "\n").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    return before + ours + after if begin and end else None


def comment_body(session_id: str, done: Committed) -> str:
    """How things stand: the same facts give the same text."""
    blocks = [
        COMMENT_MARK,
        f"{code((done.commit or '')[:12])} has {count(len(done.files), 'fixed file')}, "
        f"made by the session {code(session_id)} from {code(done.parent[:12])}.",
        _left_out(done.left_out),
    ]
    return "\n\n".join(filter(None, blocks))


def _rows(counts: Sequence[RuleCount]) -> Iterator[str]:
    tool = None
    for one in counts[:_MOST_ROWS]:
        if one.tool != tool:
            tool = one.tool
            whole = sum(each.findings for each in counts if each.tool == tool)
            yield f"{_name(tool)}: {whole:,}"
        yield f"  {_name(one.rule)}: {one.findings:,}"
    if len(counts) > _MOST_ROWS:
        yield f"and {count(len(counts) - _MOST_ROWS, 'more rule')}"


def _table(counts: Sequence[RuleCount]) -> str:
    if not counts:
        return ""
    rows = [
        f"| {escaped(one.tool)} | {escaped(one.rule)} | {one.findings:,} |"
        for one in counts[:_MOST_ROWS]
    ]
    if len(counts) > _MOST_ROWS:
        rows.append(f"| | and {count(len(counts) - _MOST_ROWS, 'more rule')} | |")
    return "\n".join(["| tool | rule | findings |", "|---|---|---:|", *rows])


def _left_out(files: Sequence[LeftOut]) -> str:
    if not files:
        return ""
    rows = [f"- {code(one.path)}: {escaped(one.reason)}" for one in files[:_MOST_ROWS]]
    if len(files) > _MOST_ROWS:
        rows.append(f"- and {count(len(files) - _MOST_ROWS, 'more file')}")
    return "\n".join(["Left out:", "", *rows])


def _name(text: str) -> str:
    return visible(text)[:_LONGEST_NAME]
