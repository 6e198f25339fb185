"""Answers of `version` for people; every text of the repository is made visible."""

from __future__ import annotations

from typing import Any

from pipeline_mcp.reporting.sanitise import one_line, visible_code
from pipeline_mcp.versioning.bump import Bump
from pipeline_mcp.versioning.release import Released

_MOST_ROWS = 200


def check_text(document: dict[str, Any]) -> str:
    """The version with its places, what is wrong, what changed, and what to do."""
    version = document["version"] or ("made from tags" if document["from_tags"] else "none")
    lines = [f"version {version}: {document['overall_status']}"]
    lines += [_place(each) for each in document["places"]]
    lines += _tag(document["tag"]) + _log(document["changelog"])
    if document["compatibility"]["compatible"] is not None or "base" in document["compatibility"]:
        lines += _compatibility(document["compatibility"])
    lines += _release(document["release"])
    lines += [f"problem: {each}" for each in document["problems"]]
    lines += [f"unknown: {each}" for each in document["unknown"]]
    lines += [f"- {each}" for each in document["recommendations"]]
    return _text(lines)


def compatibility_text(document: dict[str, Any]) -> str:
    """What changed since the base."""
    unread = [f"unknown: {each}" for each in document["unread"]]
    return _text(_compatibility(document) + unread)


def bump_document(plan: Bump, done: Released, *, is_dry: bool) -> dict[str, Any]:
    """What changes, or has changed."""
    return {
        "old": plan.old,
        "new": plan.new,
        "tag_name": plan.tag,
        "reasons": list(plan.reasons),
        "files": [edit.path for edit in plan.edits],
        "diff": plan.diff(),
        "dry_run": is_dry,
        "commit": done.commit,
        "tag": done.tag,
    }


def bump_text(document: dict[str, Any]) -> str:
    """The diff where nothing was written, or else what was."""
    lines = [f"{document['old']} -> {document['new']}"]
    lines += [f"- {reason}" for reason in document["reasons"]]
    if document["dry_run"]:
        return _text(lines) + "".join(
            f"{visible_code(line)}\n" for line in document["diff"].split("\n")[:-1]
        )
    lines += [f"written: {path}" for path in document["files"]]
    lines += [f"{name}: {document[name]}" for name in ("commit", "tag") if document[name]]
    return _text(lines)


def _compatibility(document: dict[str, Any]) -> list[str]:
    base = document["base"]
    words = {True: "compatible", False: "not compatible", None: "compatibility unknown"}
    lines = [f"{words[document['compatible']]} with {base['ref']} ({base['commit'][:12]})"]
    for change in document["breaking_changes"]:
        lines += _change(change, "breaks")
    added = [each for each in document["api_changes"] if not each["breaking"]]
    for change in [*added, *(each for each in document["promises"] if not each["breaking"])]:
        lines += _change(change, "changed")
    for name in ("template_changes", "upgrade_module_changes"):
        lines += [f"  {name.replace('_', ' ')}: {path}" for path in document[name]]
    left_out = len(lines) - _MOST_ROWS
    return lines if left_out <= 0 else [*lines[:_MOST_ROWS], f"  … and {left_out} more lines"]


def _change(change: dict[str, Any], word: str) -> list[str]:
    if change["kind"] != "api":
        old, new = (each or "-" for each in (change["old"], change["new"]))
        return [f"  {word}: {change['kind'].replace('_', ' ')} {change['object']}: {old} -> {new}"]
    where = f"{change['path']}:{change['line']}"
    lines = [f"  {word}: {where} {change['object']}: {'; '.join(change['reasons'])}"]
    signatures = [("-", change["old"]), ("+", change["new"])] if word == "breaks" else []
    return lines + [f"    {mark} {text}" for mark, text in signatures if text]


def _place(place: dict[str, Any]) -> str:
    return f"  {place['path']}:{place['line']} {place['key']} = {place['value']}"


def _tag(tag: dict[str, Any] | None) -> list[str]:
    if tag is None:
        return []
    since = f", {tag['commits_since']} commits ago" if tag["commits_since"] else ""
    return [f"  tag {tag['name']}: {'exists' + since if tag['exists'] else 'does not exist'}"]


def _log(log: dict[str, Any]) -> list[str]:
    if not log["exists"]:
        return []
    entry = "has an entry" if log["has_entry"] else "has no entry"
    dated = f" of {log['date']}" if log["date"] else ""
    return [f"  {log['path']} {entry}{dated}"]


def _release(release: dict[str, Any] | None) -> list[str]:
    if release is None:
        return []
    return [
        f"  {each['name'].replace('_', ' ')}: {each['outcome']} ({each['seconds']} s): "
        f"{each['detail']}"
        for each in release["steps"]
    ]


def _text(lines: list[str]) -> str:
    return "".join(f"{_indent(line)}{one_line(line)}\n" for line in lines)


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))
