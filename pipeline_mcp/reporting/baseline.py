"""Baselines for programs and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pipeline_mcp.domain.baseline import BaselineFile, Difference
from pipeline_mcp.reporting.document import finding_document
from pipeline_mcp.reporting.sanitise import one_line, visible
from pipeline_mcp.reporting.wording import count, place


def baseline_document(path: str, file: BaselineFile | None) -> dict[str, Any]:
    """Where the baseline is, and how many findings of which tools, rules and files it has."""
    entries = file.baseline.entries if file else ()
    return {
        "path": path,
        "exists": file is not None,
        "sha256": file.sha256 if file else None,
        "findings": len(entries),
        "by_tool": _counted(entry.tool for entry in entries),
        "by_rule": _counted(f"{entry.tool} {entry.rule}" for entry in entries),
        "by_path": _counted(entry.path for entry in entries),
    }


def baseline_text(path: str, file: BaselineFile | None) -> str:
    """The same for people."""
    if file is None:
        return f"There is no {visible(path)}: every finding counts.\n"
    said = baseline_document(path, file)
    known = count(said["findings"], "finding")
    lines = [f"{visible(path)}: {known} known, sha256 {file.sha256[:12]}"]
    lines += [f"  {number:>6,}  {visible(rule)}" for rule, number in said["by_rule"].items()]
    return "".join(f"{line}\n" for line in lines)


def difference_document(found: Difference) -> dict[str, Any]:
    """What counts, what does not, and what may be taken out, with the counts of each."""
    return {
        "session_id": found.session_id,
        "path": found.path,
        "sha256": found.file.sha256 if found.file else None,
        "counts": difference_counts(found),
        "new": [finding_document(finding) for finding in found.new],
        "known": [finding_document(finding) for finding in found.known],
        "gone": [asdict(entry) for entry in found.gone],
    }


def difference_counts(found: Difference) -> dict[str, int]:
    """How many findings are new and known, and how many entries are gone."""
    return {"new": len(found.new), "known": len(found.known), "gone": len(found.gone)}


def difference_text(found: Difference) -> str:
    """New findings with `+`, entries that are gone with `-`, and a line of counts."""
    lines = [f"+ {place(one)} {_words(one.tool, one.rule, one.message)}" for one in found.new]
    lines += [
        f"- {visible(one.path) or 'the whole program'} {_words(one.tool, one.rule, one.message)}"
        for one in found.gone
    ]
    counts = ", ".join(f"{number:,} {word}" for word, number in difference_counts(found).items())
    lines.append(f"{visible(found.path)}: {counts}")
    return "".join(f"{line}\n" for line in lines)


def _words(tool: str, rule: str, message: str) -> str:
    return f"{visible(tool)} {visible(rule)}: {one_line(message)}"


def _counted(words: Iterable[str]) -> dict[str, int]:
    """Most frequent first, then by name."""
    counted = Counter(words)
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
