"""What breaks users is found between a git ref and the work tree, and nothing else is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from fixtures.git import GitRepository, RepositoryFactory

from pipeline_mcp.versioning.compatibility import Compatibility, compatibility
from pipeline_mcp.versioning.errors import RefError

OLD = """\
import os as _os
from ._core import thing, Kept
from .names import offered
__version__ = "1.0.0"
LIMIT = 1
def same(a, *args, b=1, **more): ...
def renamed(old): ...
def default(a=1): ...
def required(a=1): ...
def more(a): ...
def gone(): ...
def sync(): ...
def kinds(a, b): ...
def _private(a): ...
class Shop:
    size: int = 1
    def sell(self, what): ...
    def close(self): ...
    def _hidden(self, a): ...
    @staticmethod
    def rate(a): ...
"""
NEW = """\
from ._core import Kept
from .names import offered
__version__ = "1.0.0"
LIMIT = 2
def fresh(): ...
def same(a, *rest, b=1, c=2, **others): ...
def renamed(new): ...
def default(a=2): ...
def required(a): ...
def more(a, b): ...
async def sync(): ...
def kinds(a, *, b): ...
class Shop:
    size: int = 1
    def sell(self, what, to): ...
    @staticmethod
    async def rate(a): ...
"""
CORE = "def thing(): ...\ndef inner(a): ...\nclass Kept:\n    def m(self, a): ...\n"
NAMES = "__all__ = ['offered']\ndef offered(): ...\ndef unlisted(a): ...\n"


@pytest.fixture
def shop(git_repository: RepositoryFactory) -> GitRepository:
    files: dict[str, str | bytes] = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1.0.0"\n'
        'requires-python = ">=3.9"\ndependencies = ["requests>=2,<3"]\n'
        '[project.scripts]\nshop = "shop:same"\nold = "shop:gone"\n',
        "src/shop/__init__.py": OLD,
        "src/shop/_core.py": CORE,
        "src/shop/names.py": NAMES,
        "src/shop/tests/__init__.py": "def helper(): ...\n",
        "tests/test_it.py": "def test(): ...\n",
    }
    return git_repository(files)


def reasons(found: Compatibility) -> dict[str, tuple[str, ...]]:
    return {change.object: change.reasons for change in found.api.breaking}


def test_every_planted_break_is_found_and_nothing_private_counts(shop: GitRepository) -> None:
    shop.write("src/shop/__init__.py", NEW)
    shop.write(
        "src/shop/_core.py", CORE.replace("inner(a)", "inner()").replace("m(self, a)", "m(self)")
    )
    shop.write("src/shop/names.py", NAMES.replace("unlisted(a)", "unlisted()"))
    (shop.path / "src/shop/tests/__init__.py").write_text("")
    found = compatibility(shop.path, "HEAD")
    assert reasons(found) == {
        "shop.thing": ("removed",),
        "shop.renamed": ("parameter was removed: old", "parameter was added as required: new"),
        "shop.default": ("parameter default was changed: a (1 -> 2)",),
        "shop.required": ("parameter is now required: a",),
        "shop.more": ("parameter was added as required: b",),
        "shop.gone": ("removed",),
        "shop.sync": ("it is now async",),
        "shop.kinds": ("parameter kind was changed: b",),
        "shop.Shop.sell": ("parameter was added as required: to",),
        "shop.Shop.close": ("removed",),
        "shop.Shop.rate": ("it is now async",),
        "shop.Kept.m": ("parameter was removed: a",),
    }
    assert [each.object for each in found.api.changes if not each.is_breaking] == ["shop.fresh"]
    sell = next(each for each in found.api.breaking if each.object == "shop.Shop.sell")
    assert (sell.path, sell.line) == ("src/shop/__init__.py", 15)
    assert (sell.old, sell.new) == ("def sell(what)", "def sell(what, to)")
    assert found.is_compatible is False


def test_nothing_changed_is_compatible_and_asks_for_no_step(shop: GitRepository) -> None:
    found = compatibility(shop.path, "HEAD")
    assert (found.is_compatible, found.asked_step, found.api.changes) == (True, None, ())


def test_promises_outside_the_code_are_compared(shop: GitRepository) -> None:
    text = (shop.path / "pyproject.toml").read_text()
    text = text.replace(">=3.9", ">=3.11").replace("requests>=2,<3", "requests>=2.31")
    shop.write("pyproject.toml", text.replace('old = "shop:gone"\n', ""))
    shop.write("src/shop/templates/page.j2", "x")
    shop.write("migrations/001.py", "x = 1\n")
    shop.commit()
    found = compatibility(shop.path, "HEAD~1", "HEAD")
    assert [(each.kind, each.subject, each.is_breaking) for each in found.promises] == [
        ("python_narrowed", "requires-python", True),
        ("entry_point_removed", "console_scripts:old", True),
        ("dependency_changed", "requests", False),
    ]
    assert found.template_changes == ("src/shop/templates/page.j2",)
    assert found.upgrade_module_changes == ("migrations/001.py",)


@pytest.mark.parametrize("ref", ["nope", "--all", "", "a..b", "HEAD~99", "x\ny", "HEAD:src"])
def test_a_ref_that_does_not_exist_is_a_mistake_and_never_compatible(
    shop: GitRepository, ref: str
) -> None:
    with pytest.raises(RefError):
        compatibility(shop.path, ref)


def test_outside_of_git_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(RefError, match="no git work tree"):
        compatibility(tmp_path, "HEAD")


def test_what_cannot_be_read_makes_the_answer_unknown(shop: GitRepository) -> None:
    shop.write("src/shop/names.py", "def broken(:\n")
    found = compatibility(shop.path, "HEAD")
    assert "src/shop/names.py" in found.api.unread[0]
    assert found.is_compatible is not True


def test_a_project_below_the_top_sees_its_own_files_alone(
    git_repository: RepositoryFactory,
) -> None:
    repository = git_repository(
        {"a/pyproject.toml": '[project]\nversion = "1"\n', "a/one/__init__.py": "def f(a): ...\n"}
        | {"b/two/__init__.py": "def g(): ...\n"}
    )
    repository.write("a/one/__init__.py", "def f(): ...\n")
    repository.write("b/two/__init__.py", "")
    found = compatibility(repository.path / "a", "HEAD")
    assert [(each.object, each.path) for each in found.api.breaking] == [
        ("one.f", "one/__init__.py")
    ]


def test_a_namespace_package_and_one_module_are_read_too(git_repository: RepositoryFactory) -> None:
    repository = git_repository(
        {"src/space/inner/__init__.py": "def f(a): ...\n", "src/lone.py": "def g(a): ...\n"}
    )
    repository.write("src/space/inner/__init__.py", "def f(): ...\n")
    repository.write("src/lone.py", "def g(): ...\n")
    found = reasons(compatibility(repository.path, "HEAD"))
    assert found.keys() == {"space.inner.f", "lone.g"}


def test_a_project_that_ships_no_python_is_not_called_compatible(
    git_repository: RepositoryFactory,
) -> None:
    found = compatibility(git_repository({"a.js": "x"}).path, "HEAD")
    assert found.is_compatible is None
    assert "ships" in found.api.unread[0]


def fingerprint(root: Path) -> dict[str, Any]:
    files = [file for file in root.rglob("*") if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_nothing_of_a_hostile_repository_runs_and_no_file_changes(
    git_repository: RepositoryFactory, tmp_path: Path
) -> None:
    proof = tmp_path / "ran"
    touch = f"open({str(proof)!r}, 'w').close()\n"
    repository = git_repository(
        {
            "evil/__init__.py": f"import os\n{touch}def f(a): ...\n",
            "evil/griffe.py": touch,
            "griffe.py": touch,
            "sitecustomize.py": touch,
            "setup.py": touch,
            "x.pth": f"import os; {touch}",
            ".gitattributes": "* filter=evil diff=evil\n",
        }
    )
    hook = f"touch {proof}"
    for key in ("core.fsmonitor", "filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv"):
        repository.git("config", key, hook)
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "gpg.program", str(proof))
    (repository.path / "evil/__init__.py").write_text(f"{touch}def f(): ...\n")
    (repository.path / "evil/link.py").symlink_to("/etc/passwd")
    before = fingerprint(repository.path)
    found = compatibility(repository.path, "HEAD")
    assert "evil.f" in reasons(found)
    assert not proof.exists()
    assert fingerprint(repository.path) == before
