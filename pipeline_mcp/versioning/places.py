"""All places where a project writes its version, and never one that only looks like it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from pipeline_mcp.config.version_settings import VersionPlace
from pipeline_mcp.versioning import source_places
from pipeline_mcp.versioning.documents import (
    PYPROJECT,
    SETUP_CFG,
    SETUP_PY,
    parse_ini,
    parse_toml,
    pyproject,
    setup_cfg,
    table,
    texts,
)
from pipeline_mcp.versioning.layout import Shipped, shipped
from pipeline_mcp.versioning.scheme import parsed
from pipeline_mcp.versioning.spans import Span, line_of, span_of_key, value_at
from pipeline_mcp.versioning.trees import Tree, text_of

_DUNDER = "__version__"
# Where packages keep it apart from their `__init__.py`.
_MODULES = ("__init__.py", "_version.py", "version.py", "__version__.py", "__about__.py")
# The default of Hatch's `regex` source.
_HATCH = r"(?im)^(?:__version__|VERSION)(?: ?: ?str)? *= *(?:'|\")v?(?P<version>[^'\"\n]+)(?:'|\")"
_MOST_PLACES = 100


@dataclass(frozen=True, slots=True)
class Place:
    """One place: `key` is what it is called there; `span` is in characters of the file's text."""

    path: str
    line: int
    key: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Places:
    """What was found; `notices` say what is named as a place and is none, `from_tags` who asks git.

    `from_tags` is the tool that makes the version of tags (`setuptools-scm`), or None.
    """

    found: tuple[Place, ...]
    notices: tuple[str, ...] = ()
    from_tags: str | None = None

    @property
    def values(self) -> list[str]:
        """The different values, in the order of the places: one if they agree."""
        different: dict[object, str] = {}
        for place in self.found:
            different.setdefault(parsed(place.value) or place.value, place.value)
        return list(different.values())


def find_places(tree: Tree, custom: Iterable[VersionPlace] = ()) -> Places:
    """The places of the project, each once; those that its build reads come first.

    Raises:
        VersioningError: `pyproject.toml` or `setup.cfg` cannot be read.
    """
    search = _Search(tree)
    search.look_into_pyproject()
    search.look_into_setup()
    search.look_into_packages()
    for place in custom:
        search.match(place.path, place.pattern, key=place.pattern, is_required=True)
    found = tuple(dict.fromkeys(search.found))[:_MOST_PLACES]
    return Places(found, tuple(dict.fromkeys(search.notices)), search.from_tags)


class _Search:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._shipped = shipped(tree)
        self._seen: set[tuple[str, Span]] = set()
        self.found: list[Place] = []
        self.notices: list[str] = []
        self.from_tags: str | None = None

    def look_into_pyproject(self) -> None:
        """PEP 621, Poetry, and what the build backends call dynamic."""
        document = pyproject(self._tree)
        text = text_of(self._tree, PYPROJECT) or ""
        for key in (("project", "version"), ("tool", "poetry", "version")):
            if isinstance(value := value_at(document, key), str):
                self._add(PYPROJECT, text, ".".join(key), value, span_of_key(text, key, parse_toml))
        self._look_into_backends(document)

    def look_into_setup(self) -> None:
        """`setup.cfg`, also `attr:` and `file:`, and what `setup.py` writes out."""
        value = table(setup_cfg(self._tree), "metadata").get("version")
        if isinstance(value, str):
            text = text_of(self._tree, SETUP_CFG) or ""
            self._look_at_setup_cfg(text, value.strip())
        text = text_of(self._tree, SETUP_PY) or ""
        self._add_all(SETUP_PY, text, "setup(version=)", source_places.passed_to_setup)

    def look_into_packages(self) -> None:
        """`__version__` of what the project ships, where it is a text."""
        for each in self._shipped:
            for path in _version_modules(each):
                self._look_for_name(path, _DUNDER)

    def match(self, path: str, pattern: str, *, key: str, is_required: bool) -> None:
        """What the group `version` of the pattern matches, wherever it does."""
        text = text_of(self._tree, path)
        compiled = re2.compile(pattern)
        group = compiled.groupindex["version"]
        matches = [] if text is None else list(compiled.finditer(text))
        for one in matches[:_MOST_PLACES]:
            if value := one.group(group):
                self._add(path, text or "", key, value, Span(*one.span(group)))
        if is_required and not matches:
            self.notices.append(
                f"{path}: the pattern {pattern!r} of versioning.places matches nothing."
            )

    def _look_into_backends(self, document: dict[str, Any]) -> None:
        is_dynamic = "version" in texts(table(document, "project").get("dynamic"))
        self.from_tags = _tag_tool(document)
        dynamic = table(document, "tool", "setuptools", "dynamic", "version")
        self._follow(f"{dynamic.get('attr', '')}", texts(dynamic.get("file")))
        hatch = table(document, "tool", "hatch", "version")
        for source in (hatch, table(document, "tool", "pdm", "version")):
            if isinstance(path := source.get("path"), str):
                self._look_at_path(path, source.get("pattern"))
        if is_dynamic and "flit" in f"{table(document, 'build-system').get('build-backend')}":
            self.look_into_packages()

    def _look_at_path(self, path: str, pattern: Any) -> None:
        wanted = pattern if isinstance(pattern, str) else _HATCH
        try:
            has_group = "version" in re2.compile(wanted).groupindex
        except re2.error:
            has_group = False
        if has_group:
            self.match(path, wanted, key="version", is_required=False)
        else:
            self.notices.append(
                f"{PYPROJECT}: the pattern for {path} has no usable group `version`."
            )

    def _look_at_setup_cfg(self, text: str, value: str) -> None:
        word, found, rest = value.partition(":")
        if found and word in ("attr", "file"):
            self._follow(
                rest.strip() if word == "attr" else "", texts(rest) if word == "file" else []
            )
            return
        key = ("metadata", "version")
        self._add(SETUP_CFG, text, "metadata.version", value, span_of_key(text, key, parse_ini))

    def _follow(self, attribute: str, files: list[str]) -> None:
        """The attribute `package.module.NAME`, and files that hold nothing but the version."""
        if "." in attribute:
            module, _, name = attribute.rpartition(".")
            for path in self._files_of(module):
                self._look_for_name(path, name)
        for path in files:
            self._look_at_file(path.strip())

    def _look_at_file(self, path: str) -> None:
        text = text_of(self._tree, path)
        value = (text or "").strip()
        if text is not None and value and "\n" not in value:
            start = text.index(value)
            self._add(path, text, "file", value, Span(start, start + len(value)))

    def _files_of(self, module: str) -> list[str]:
        way = module.replace(".", "/")
        roots = dict.fromkeys([*(each.root for each in self._shipped), "", "src/"])
        names = [f"{root}{way}{end}" for root in roots for end in ("/__init__.py", ".py")]
        return [name for name in names if name in self._tree.paths()]

    def _look_for_name(self, path: str, name: str) -> None:
        text = text_of(self._tree, path)
        if text is not None and name in text:
            self._add_all(path, text, name, lambda text: source_places.assigned(text, name))

    def _add_all(self, path: str, text: str, key: str, places: Any) -> None:
        try:
            for value, span in places(text):
                self._add(path, text, key, value, span)
        except ValueError as error:
            self.notices.append(f"{path} may hold the version and cannot be read: {error}.")

    def _add(self, path: str, text: str, key: str, value: str, span: Span | None) -> None:
        if span is None:
            self.notices.append(f"{path}: {key} is {value!r} and cannot be located in the text.")
        elif (path, span) not in self._seen:
            self._seen.add((path, span))
            self.found.append(Place(path, line_of(text, span), key, value, span))


def _version_modules(each: Shipped) -> Iterator[str]:
    if each.is_package:
        yield from (f"{each.root}{each.name}/{module}" for module in _MODULES)
    else:
        yield f"{each.root}{each.name}.py"


def _tag_tool(document: dict[str, Any]) -> str | None:
    """The tool that makes the version of git's tags."""
    tools = table(document, "tool")
    if "setuptools_scm" in tools:
        return "setuptools-scm"
    if table(tools, "hatch", "version").get("source") == "vcs":
        return "hatch-vcs"
    if table(tools, "pdm", "version").get("source") == "scm":
        return "pdm"
    names = ("versioningit", "poetry-dynamic-versioning")
    return next((name for name in names if name in tools), None)
