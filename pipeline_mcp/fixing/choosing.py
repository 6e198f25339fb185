"""Which findings are to be fixed, in which order, and by which steps: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline_mcp.domain.finding import SEVERITY_ORDER, Edit, Finding
from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.fixing.document import (
    LINE_END,
    Document,
    EditError,
    Lines,
    Reserved,
    read_document,
    spans,
)
from pipeline_mcp.fixing.prose import Prose
from pipeline_mcp.fixing.spaces import edits_for, is_about_spaces
from pipeline_mcp.tools.contract import Kind, Tool
from pipeline_mcp.tools.registry import TOOLS

# Fixes by a finding's own edits come first, then formatters, in this order; all others by name.
FIXER_ORDER = ("ruff", "codespell", "spaces", "isort", "ruff-format", "black")
SPACES = "spaces"


def fixer_rank(fixer: str) -> tuple[int, str]:
    """Where the fixer stands in the one order in which fixers run."""
    known = FIXER_ORDER.index(fixer) if fixer in FIXER_ORDER else -1
    return known, fixer


def choose(
    findings: Iterable[Finding],
    content: Callable[[str], bytes | None],
    tools: Mapping[str, Tool],
    *,
    limit: int | None,
    unsafe: bool = False,
    tried: Collection[tuple[str, str]] = (),
) -> tuple[FixStep, ...]:
    """Steps for at most `limit` findings, the worst first, then by their places.

    `content` gives a file's bytes, or None where it is not to be touched. `tried` are pairs of
    fixer and fingerprint that are not to be tried again. What clashes with a step that was
    chosen before waits for another cycle; what would end more findings of one tool at once than
    the limit has room for is left out.
    """
    files = _Files(content, tools, unsafe)
    chosen: list[FixStep] = []
    left = limit
    for group in _groups(findings, files, tried):
        if left is not None and len(group.findings) > left:
            continue
        if not files.reserve(group):
            continue
        chosen.append(group.step(len(chosen)))
        left = None if left is None else left - len(group.findings)
    return tuple(chosen)


@dataclass(slots=True)
class _Group:
    """Findings of one tool that one and the same change ends."""

    fixer: str
    path: str
    edits: tuple[Edit, ...]
    findings: list[Finding] = field(default_factory=list)

    def step(self, number: int) -> FixStep:
        rules = tuple(sorted({one.rule for one in self.findings}))
        fingerprints = tuple(one.fingerprint for one in self.findings)
        return FixStep(number, self.fixer, self.path, rules, fingerprints, self.edits)


def _groups(
    findings: Iterable[Finding], files: _Files, tried: Collection[tuple[str, str]]
) -> Sequence[_Group]:
    """In the order of the worst finding of each."""
    groups: dict[tuple[str, str, str, tuple[Edit, ...]], _Group] = {}
    for finding in sorted(findings, key=_worst_first):
        if not (finding.is_new and finding.path):
            continue
        for fixer, edits in files.fixes(finding):
            if (fixer, finding.fingerprint) in tried:
                continue
            key = (finding.tool, fixer, finding.path, edits)
            group = groups.setdefault(key, _Group(fixer, finding.path, edits))
            group.findings.append(finding)
            break
    return list(groups.values())


def _worst_first(finding: Finding) -> tuple[object, ...]:
    return (SEVERITY_ORDER[finding.severity], *finding.order)


class _Files:
    """The files' texts, and the spans of them that are spoken for."""

    def __init__(
        self, content: Callable[[str], bytes | None], tools: Mapping[str, Tool], unsafe: bool
    ) -> None:
        self._content, self._tools, self._unsafe = content, tools, unsafe
        self._documents: dict[str, Document | None] = {}
        self._lines: dict[str, list[str]] = {}
        self._starts: dict[str, Lines] = {}
        self._prose: dict[str, Prose] = {}
        self._reserved: defaultdict[str, Reserved] = defaultdict(Reserved)

    def fixes(self, finding: Finding) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        """Fixers of the finding, the best first, with their edits; none for a rewriting fixer."""
        document = self._document(finding.path)
        if document is None:
            return
        if finding.edits:
            if self._unsafe or (finding.fixable and self._is_safe(finding, document)):
                yield finding.tool, finding.edits
        elif is_about_spaces(finding):
            if edits := edits_for(self._lines[finding.path], finding):
                yield SPACES, edits
        elif finding.fixable and self._rewrites(finding.tool):
            yield finding.tool, ()

    def reserve(self, group: _Group) -> bool:
        """Keep the group's spans for it; False where others have them, or made the same change."""
        if not group.edits:
            return True
        document = self._document(group.path)
        if document is None:
            return False
        try:
            wanted = spans(document, group.edits, self._starts[group.path])
        except EditError:
            return False
        taken = self._reserved[group.path]
        if all(map(taken.has, wanted)) or any(map(taken.clashes, wanted)):
            return False
        for span in wanted:
            taken.add(span)
        return True

    def _rewrites(self, tool: str) -> bool:
        """A formatter's findings speak of the file as a whole, which its command rewrites.

        Of a user's own tool the user has said that its command ends all its findings in a file.
        """
        known = self._tools.get(tool)
        if known is None or known.fix_command is None:
            return False
        return known.kind is Kind.FORMAT or known.name not in TOOLS

    def _is_safe(self, finding: Finding, document: Document) -> bool:
        """A word may be corrected where people read it, not where a program does."""
        if self._tools[finding.tool].kind is not Kind.SPELLING:
            return True
        if finding.path not in self._prose:
            self._prose[finding.path] = Prose(finding.path, document.text)
        prose = self._prose[finding.path]
        return all(
            prose.covers(edit.line, edit.column, edit.end_line, edit.end_column)
            for edit in finding.edits
        )

    def _document(self, path: str) -> Document | None:
        if path not in self._documents:
            content = self._content(path)
            document = None if content is None else read_document(content)
            self._documents[path] = document
            if document is not None:
                self._lines[path] = LINE_END.split(document.text)
                self._starts[path] = Lines(document.text)
        return self._documents[path]
