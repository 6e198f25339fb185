"""All places of a version are found, no look-alike is, and a bump changes just them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_mcp.config.version_settings import VersionPlace
from pipeline_mcp.versioning.bump import plan_bump
from pipeline_mcp.versioning.edits import write_all
from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.versioning.places import find_places
from pipeline_mcp.versioning.scheme import Part
from pipeline_mcp.versioning.trees import WorkspaceTree

LOOK_ALIKES = """\
# version = "1.2.3"
[tool.mypy]
python_version = "1.2.3"
[tool.black]
target-version = "1.2.3"
[tool.other]
version = "1.2.3"
[tool.other.project]
version = "1.2.3"
[project]
requires-python = ">=1.2.3"
dependencies = ["pin==1.2.3"]
name = "shop" # 1.2.3
version     =   '1.2.3'  # the version = "1.2.3"
description = "é version 1.2.3"
"""


def written(root: Path, files: dict[str, str]) -> WorkspaceTree:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())
    return WorkspaceTree(root)


def told(tree: WorkspaceTree) -> list[tuple[str, int, str, str]]:
    return [(each.path, each.line, each.key, each.value) for each in find_places(tree).found]


def bump(root: Path, part: Part = Part.MINOR, to: str | None = None) -> None:
    plan = plan_bump(root, None if to else part, to=to, with_changelog=False)
    write_all(root, plan.edits)


def test_of_many_look_alikes_only_the_version_changes(tmp_path: Path) -> None:
    tree = written(tmp_path, {"pyproject.toml": LOOK_ALIKES})
    assert told(tree) == [("pyproject.toml", 14, "project.version", "1.2.3")]
    bump(tmp_path)
    new = (tmp_path / "pyproject.toml").read_text()
    assert new == LOOK_ALIKES.replace("=   '1.2.3'  #", "=   '1.3.0'  #")


CASES: list[tuple[dict[str, str], list[tuple[str, int, str]]]] = [
    ({"pyproject.toml": 'project.version = "1.0"\n'}, [("pyproject.toml", 1, "project.version")]),
    (
        {"pyproject.toml": 'project = {version = "1.0"}\n'},
        [("pyproject.toml", 1, "project.version")],
    ),
    (
        {"pyproject.toml": '[tool.poetry]\nversion = "1.0"\n[tool.poetry.group]\na = "1.0"\n'},
        [("pyproject.toml", 2, "tool.poetry.version")],
    ),
    (
        {"setup.cfg": "[metadata]\nname = x\nVersion = 1.0\n[options]\npython_requires = 1.0\n"},
        [("setup.cfg", 3, "metadata.version")],
    ),
    (
        {
            "setup.cfg": "[metadata]\nversion = attr: shop.meta.VERSION\n",
            "src/shop/__init__.py": "",
            "src/shop/meta.py": 'OTHER = "1.0"\nVERSION: str = "1.0"\n',
        },
        [("src/shop/meta.py", 2, "VERSION")],
    ),
    (
        {"setup.cfg": "[metadata]\nversion = file: VERSION\n", "VERSION": "1.0\n"},
        [("VERSION", 1, "file")],
    ),
    (
        {
            "pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n'
            '[tool.setuptools.dynamic]\nversion = {attr = "shop.__version__"}\n',
            "shop/__init__.py": '"""Shop."""\n__version__ = "1.0"\n',
        },
        [("shop/__init__.py", 2, "__version__")],
    ),
    (
        {
            "pyproject.toml": '[tool.hatch.version]\npath = "src/shop/about.py"\n',
            "src/shop/about.py": '# é\nVERSION = "1.0"\n',
        },
        [("src/shop/about.py", 2, "version")],
    ),
    (
        {"setup.py": 'from setuptools import setup\nsetup(name="1.0", version="1.0")\n'},
        [("setup.py", 2, "setup(version=)")],
    ),
    (
        {"shop/__init__.py": "", "shop/_version.py": '__version__ = version = "1.0"\n'},
        [("shop/_version.py", 1, "__version__")],
    ),
    ({"shop.py": '__version__ = "1.0"\n'}, [("shop.py", 1, "__version__")]),
    ({"tests/__init__.py": '__version__ = "1.0"\n'}, []),
    ({"shop/__init__.py": '__version__ = metadata("1.0")\nX = "__version__ = 1.0"\n'}, []),
]


@pytest.mark.parametrize(("files", "expected"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_every_kind_of_place_is_found_and_raised(
    tmp_path: Path, files: dict[str, str], expected: list[tuple[str, int, str]]
) -> None:
    tree = written(tmp_path, files)
    assert told(tree) == [(*place, "1.0") for place in expected]
    if expected:
        bump(tmp_path, Part.MAJOR)
        assert told(WorkspaceTree(tmp_path)) == [(*place, "2.0") for place in expected]


def test_line_ends_marks_and_letters_around_stay_byte_for_byte(tmp_path: Path) -> None:
    source = '\ufeff# ä€😀\r\nä = "1.2.3"; __version__ = "1.2.3"  # 1.2.3\r\n\tif_any = 1'
    written(tmp_path, {"shop/__init__.py": source.replace("\tif_any", "if_any")})
    before = (tmp_path / "shop/__init__.py").read_bytes()
    bump(tmp_path)
    expected = before.replace(b'__version__ = "1.2.3"', b'__version__ = "1.3.0"')
    assert (tmp_path / "shop/__init__.py").read_bytes() == expected


def test_a_pattern_of_the_configuration_is_a_place(tmp_path: Path) -> None:
    content = "é release: 1.2.3\nversion: 1.2.3\nrelease: 1.2.3\n"
    tree = written(tmp_path, {"docs/conf.txt": content})
    custom = [VersionPlace(path="docs/conf.txt", pattern=r"(?m)release: (?P<version>\S+)$")]
    found = find_places(tree, custom)
    assert [(each.line, each.value) for each in found.found] == [(1, "1.2.3"), (3, "1.2.3")]
    assert content[found.found[0].span.start :].startswith("1.2.3\nversion")
    missing = find_places(tree, [VersionPlace(path="no.txt", pattern="(?P<version>x)")])
    assert "no.txt" in missing.notices[0]


def test_places_that_do_not_agree_are_not_bumped_but_can_be_set(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nversion = "1.2.3"\n',
        "shop/__init__.py": '__version__ = "1.2.4"\n',
    }
    tree = written(tmp_path, files)
    assert find_places(tree).values == ["1.2.3", "1.2.4"]
    with pytest.raises(VersioningError, match=r"shop/__init__\.py:1 \(1\.2\.4\)"):
        plan_bump(tmp_path, Part.PATCH)
    bump(tmp_path, to="1.3.0")
    assert find_places(WorkspaceTree(tmp_path)).values == ["1.3.0"]


def test_a_version_made_of_tags_is_said_to_be_so(tmp_path: Path) -> None:
    tree = written(tmp_path, {"pyproject.toml": "[tool.setuptools_scm]\n"})
    assert find_places(tree).from_tags == "setuptools-scm"


def test_no_place_is_outside_of_the_project(tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_text('__version__ = "1.0"\n')
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / ".git" / "v").write_text("1.0\n")
    (project / "link").symlink_to(outside)
    ways = ["../secret", str(outside), "link", "x/../../secret", ".git/v", "./.git/v"]
    for way in ways:
        tree = written(project, {"pyproject.toml": f'[tool.hatch.version]\npath = "{way}"\n'})
        assert told(tree) == [], way
        tree = written(
            project,
            {"pyproject.toml": f'[tool.setuptools.dynamic]\nversion = {{file = "{way}"}}\n'},
        )
        assert told(tree) == [], way


def test_a_broken_file_is_a_mistake_with_its_name(tmp_path: Path) -> None:
    tree = written(tmp_path, {"pyproject.toml": "[project\n\x1b]0;x\x07"})
    with pytest.raises(VersioningError, match=r"^pyproject\.toml cannot be read") as raised:
        find_places(tree)
    assert "\x1b" not in raised.value.message
