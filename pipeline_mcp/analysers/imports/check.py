"""The whole check over a list of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline_mcp.analysers.finding import Finding, Span
from pipeline_mcp.analysers.imports.builds import Builds
from pipeline_mcp.analysers.imports.dependencies import declared_names
from pipeline_mcp.analysers.imports.elsewhere import Elsewhere
from pipeline_mcp.analysers.imports.facts import CallUse, Facts, ImportUse
from pipeline_mcp.analysers.imports.layout import Layout
from pipeline_mcp.analysers.imports.library import Library
from pipeline_mcp.analysers.imports.manifests import read_manifests
from pipeline_mcp.analysers.imports.members import Kind, Members
from pipeline_mcp.analysers.imports.resolver import Missing, Resolver
from pipeline_mcp.analysers.imports.survey import survey
from pipeline_mcp.analysers.imports.tree import SOURCE_SUFFIXES, Tree, walk
from pipeline_mcp.analysers.places import is_test_data, is_vendored
from pipeline_mcp.analysers.source import UnreadableError, read_source


def check(
    paths: Iterable[str], extra_roots: Iterable[str] = (), left_out: Iterable[str] = ()
) -> Iterator[Finding]:
    """Findings in the files `paths` of the tree in the working directory.

    All files of the tree count as there, whether or not they are to be checked, and so does
    what a glob of `left_out` fits.
    """
    wanted = [path for path in paths if not is_vendored(path) and not is_test_data(path)]
    tree = Tree([*walk(Path()), *wanted])
    facts, unreadable = _survey_all(tree)
    asked = set(wanted)
    yield from (error.finding() for error in unreadable if error.path in asked)
    manifests = read_manifests(tree, Path())
    library, elsewhere = Library(tree, facts), Elsewhere(Builds(manifests), left_out)
    layout = Layout(tree, manifests, extra_roots)
    resolver = Resolver(tree, library, layout, elsewhere, declared_names(manifests))
    _apply_patches(library, Members(tree, library, resolver, elsewhere))
    members = Members(tree, library, resolver, elsewhere)
    for path in wanted:
        if path in facts:
            yield from _Checker(path, facts[path], resolver, members).findings()


def _survey_all(tree: Tree) -> tuple[dict[str, Facts], list[UnreadableError]]:
    facts: dict[str, Facts] = {}
    unreadable: list[UnreadableError] = []
    for path in tree.files:
        if path.endswith(SOURCE_SUFFIXES):
            try:
                facts[path] = survey(read_source(path))
            except UnreadableError as error:
                unreadable.append(error)
    return facts, unreadable


def _apply_patches(library: Library, members: Members) -> None:
    """Let the library know the names that code sets in modules of others."""
    for path, facts in library.facts.items():
        for patch in facts.patches:
            target = members.target(path, patch.reference)
            for attribute in patch.attributes:
                if isinstance(target, list):
                    target = members.member(target, attribute)
            if isinstance(target, list):
                for place in target:
                    library.patch(place, patch.name)


class _Checker:
    """The imports and calls of one file."""

    def __init__(self, path: str, facts: Facts, resolver: Resolver, members: Members) -> None:
        self._path = path
        self._facts = facts
        self._resolver = resolver
        self._members = members
        self._reported: set[tuple[str, int]] = set()

    def findings(self) -> Iterator[Finding]:
        """What cannot work; nothing that the file itself asks about first."""
        for use in self._facts.imports:
            yield from self._check_import(use)
        for call in self._facts.calls:
            yield from self._check_call(call)

    def _check_import(self, use: ImportUse) -> Iterator[Finding]:
        reference = use.reference
        written = "." * reference.level + reference.module
        if written in self._facts.probed or (written, use.statement) in self._reported:
            return
        places = self._resolver.module(self._path, reference)
        if isinstance(places, Missing):
            # `from missing import a, b` is one mistake.
            self._reported.add((written, use.statement))
            message = f"The import of `{written}` cannot work: {places.reason}."
            yield self._finding("broken-import", message, use.span)
        elif places and reference.name and self._lacks(places, reference.name):
            message = f"There is no `{reference.name}` in {self._members.file(places[0])}."
            yield self._finding("broken-import-name", message, use.span)

    def _lacks(self, places: list[str], name: str) -> bool:
        is_probed = name in self._facts.probed
        return not is_probed and self._members.member(places, name) is Kind.ABSENT

    def _check_call(self, call: CallUse) -> Iterator[Finding]:
        target = self._members.target(self._path, call.reference)
        for attribute in call.attributes:
            if not isinstance(target, list) or attribute in self._facts.probed:
                return
            place = target[0]
            target = self._members.member(target, attribute)
            if target is Kind.ABSENT:
                file = self._members.file(place)
                message = f"This call cannot work: there is no `{attribute}` in {file}."
                yield self._finding("undefined-call", message, call.span)

    def _finding(self, rule: str, message: str, span: Span) -> Finding:
        return Finding(rule, "error", message, self._path, span)
