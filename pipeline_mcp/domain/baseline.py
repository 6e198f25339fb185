"""The baseline: a multiset of findings that do not count, as a file that is read in review."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.errors import PipelineError

VERSION = 1
MAX_BYTES = 32 * 1024 * 1024
MOST_ENTRIES = 200_000
_LONGEST_MESSAGE = 200
_LONGEST_TEXT = 8192
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_CONTEXT = re.compile(r"[0-9a-f]{0,32}")
_NOT_COMPONENTS = frozenset(("", ".", "..", ".git"))


class BaselineError(PipelineError):
    """The baseline file cannot be used; it neither hides everything nor nothing."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(
            f"The baseline {file} cannot be used: {problem}.",
            next_step="Repair it, take it from the version control, or make it anew with "
            "`pipeline-mcp baseline create`.",
        )
        self.file = file


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One finding that does not count, by what of it stays when lines move.

    `symbol` is the enclosing class or function, `message` an excerpt, and `context` a hash of the
    line's text; `fingerprint` is the finding's own.
    """

    path: str
    tool: str
    rule: str
    symbol: str
    message: str
    context: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """Entries in their order, equal ones as often as they count."""

    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class BaselineFile:
    """A baseline that was read: from which file of the workspace, and the sha256 of its bytes."""

    path: str
    sha256: str
    baseline: Baseline


@dataclass(frozen=True, slots=True)
class Difference:
    """A session against a baseline: its findings by whether they are known, and entries without.

    `file` is None where the workspace has no baseline.
    """

    session_id: str
    path: str
    file: BaselineFile | None
    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    gone: tuple[Entry, ...]


def entry_of(finding: Finding, symbol: str, context: str) -> Entry:
    """What a baseline keeps of the finding."""
    return Entry(
        finding.path,
        finding.tool,
        finding.rule,
        symbol,
        excerpt(finding.message),
        context,
        finding.fingerprint,
    )


def excerpt(message: str) -> str:
    """The message on one line, capped."""
    return " ".join(message.split())[:_LONGEST_MESSAGE]


def baseline_text(baseline: Baseline) -> str:
    """The file: JSON, sorted, one finding a line, so that a difference is small in review."""
    rows = [
        json.dumps(asdict(entry), ensure_ascii=False, sort_keys=False)
        for entry in sorted(baseline.entries)
    ]
    body = ",\n    ".join(rows)
    findings = f"[\n    {body}\n  ]" if rows else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {findings}\n}}\n'


def baseline_from_text(content: bytes, file: str) -> Baseline:
    """The inverse of `baseline_text`, of a file that nobody trusts.

    Raises:
        BaselineError: it is too large, no JSON, of a newer version, or an entry is wrong.
    """
    if len(content) > MAX_BYTES:
        raise BaselineError(file, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        where = f" in line {line}" if line else ""
        raise BaselineError(file, f"it is not JSON{where}") from error
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(file, "it must be a mapping with a list `findings`")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise BaselineError(file, f"its `version` must be {VERSION}")
    rows = document["findings"]
    if len(rows) > MOST_ENTRIES:
        raise BaselineError(file, f"it has more than {MOST_ENTRIES:,} findings")
    return Baseline(tuple(sorted(_entry(row, place, file) for place, row in enumerate(rows))))


def merged(entries: Iterable[Entry]) -> Baseline:
    """A baseline of the entries in their order."""
    return Baseline(tuple(sorted(entries)))


_NAMES = tuple(field.name for field in fields(Entry))


def _entry(row: Any, place: int, file: str) -> Entry:
    where = f"findings[{place}]"
    if not isinstance(row, dict):
        raise BaselineError(file, f"{where} is not a mapping")
    for name in _NAMES:
        if not _is_text(row.get(name)):
            raise BaselineError(file, f"{where}.{name} must be a text without NUL, and not endless")
    if not _FINGERPRINT.fullmatch(row["fingerprint"]):
        raise BaselineError(file, f"{where}.fingerprint must be 32 hexadecimal digits")
    if not _CONTEXT.fullmatch(row["context"]):
        raise BaselineError(file, f"{where}.context must be hexadecimal digits")
    path = row["path"]
    if path and not _NOT_COMPONENTS.isdisjoint(path.lower().split("/")):
        raise BaselineError(file, f"{where}.path must stay inside the workspace")
    return Entry(**{name: row[name] for name in _NAMES})


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
