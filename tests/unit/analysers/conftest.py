"""Runs an analyser over a small tree and hands back what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from pipeline_mcp.analysers.duplicates.check import check as find_duplicates
from pipeline_mcp.analysers.finding import Finding
from pipeline_mcp.analysers.imports.check import check as find_broken_imports

Tree = Mapping[str, str | bytes]
Analyse = Callable[..., list[Finding]]


@pytest.fixture
def duplicates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Analyse:
    """`duplicates({path: content})`: the findings, in the order in which they are printed."""
    return _analyser(tmp_path, monkeypatch, find_duplicates)


@pytest.fixture
def imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Analyse:
    """`imports({path: content}, only=[paths])`: the findings in all files, or in some."""
    return _analyser(tmp_path, monkeypatch, find_broken_imports)


def _analyser(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    check: Callable[[Iterable[str]], Iterator[Finding]],
) -> Analyse:
    def analyse(files: Tree, only: Iterable[str] = ()) -> list[Finding]:
        for path, content in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        monkeypatch.chdir(root)
        return sorted(check(sorted(only or files)), key=lambda finding: finding.order)

    return analyse
