"""Names that a module of the project has, has not, or may have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.analysers.finding import Finding

Analyse = Callable[..., list[Finding]]

APP = {"pkg/__init__.py": "", "pkg/app.py": "from pkg.mod import name\n"}


@pytest.mark.parametrize(
    "module",
    [
        "",
        "other = 1\n",
        "def f():\n    name = 1\n",
        "class C:\n    name = 1\n",
        "def f(name): ...\n",
        "from pkg.rest import *\n",
        "self.name = 1\n",
        "{'name': 1}\nprint('name')\n",
    ],
)
def test_a_name_that_the_module_does_not_define_is_an_error(imports: Analyse, module: str) -> None:
    (found,) = imports({**APP, "pkg/mod.py": module, "pkg/rest.py": "other = 1\n"})
    assert (found.rule, found.severity, found.path) == ("broken-import-name", "error", "pkg/app.py")
    assert found.message == "There is no `name` in pkg/mod.py."


@pytest.mark.parametrize(
    "module",
    [
        "name = 1\n",
        "name: int\n",
        "a, (b, *name) = f()\n",
        "def name(): ...\n",
        "async def name(): ...\n",
        "class name: ...\n",
        "import name\n",
        "import name.inner\n",
        "import other as name\n",
        "from somewhere import name\n",
        "for name in (): ...\n",
        "with f() as name: ...\n",
        "if (name := 1): ...\n",
        "try:\n    pass\nexcept E as name: ...\n",
        "match f():\n    case {'a': name}: ...\n",
        "match f():\n    case [*name]: ...\n",
        "if X:\n    name = 1\nelse:\n    pass\n",
        "try:\n    from fast import name\nexcept ImportError:\n    pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from x import name\n",
        "def f():\n    global name\n    name = 1\n",
        "__all__ = ['name']\n",
        "__all__ = []\n__all__ += ('name',)\n",
        "from requests import *\n",
        "from pkg.rest import *\n",
        "def __getattr__(key): ...\n",
        "__getattr__, __dir__, __all__ = lazy.attach(__name__, {})\n",
        "globals()['na' + 'me'] = 1\n",
        "def f():\n    globals().update(x)\n",
        "vars()['na' + 'me'] = 1\n",
        "exec('na' 'me = 1')\n",
        "import sys\nsys.modules[__name__] = object()\n",
        "@global_enum\nclass E: ...\n",
        "register_module(__name__)\n",
    ],
)
def test_a_name_that_the_module_has_or_may_have_is_no_finding(
    imports: Analyse, module: str
) -> None:
    assert imports({**APP, "pkg/mod.py": module, "pkg/rest.py": "name = 1\n"}) == []


@pytest.mark.parametrize(
    "other",
    [
        "import pkg.mod\npkg.mod.name = 1\n",
        "from pkg import mod\nmod.name = 1\n",
        "from pkg import mod as m\nsetattr(m, 'name', 1)\n",
        "from pkg import mod\nfor key in keys:\n    setattr(mod, key, 1)\n",
        "from pkg import mod\ndef test(monkeypatch):\n    monkeypatch.setattr(mod, 'name', 1)\n",
    ],
)
def test_a_name_that_other_code_sets_is_no_finding(imports: Analyse, other: str) -> None:
    assert imports({**APP, "pkg/mod.py": "", "other.py": other}) == []


@pytest.mark.parametrize("extra", ["pkg/mod.pyi", "pkg/mod/name.py", "pkg/mod/name/__init__.py"])
def test_stubs_and_submodules_have_names_too(imports: Analyse, extra: str) -> None:
    content = "name: int\n" if extra.endswith(".pyi") else ""
    module = "pkg/mod.py" if extra.endswith(".pyi") else "pkg/mod/__init__.py"
    assert imports({**APP, module: "", extra: content}) == []


def test_a_module_that_does_not_parse_may_have_any_name(imports: Analyse) -> None:
    found = imports({**APP, "pkg/mod.py": "def f(:\n"})
    assert [finding.rule for finding in found] == ["not-analysed"]


def test_every_module_has_its_special_names(imports: Analyse) -> None:
    names = "__name__, __file__, __doc__, __version__"
    assert (
        imports({**APP, "pkg/mod.py": "name = 1\n", "app.py": f"from pkg.mod import {names}\n"})
        == []
    )


def test_a_name_that_is_passed_on_counts_although_its_own_import_is_broken(
    imports: Analyse,
) -> None:
    found = imports({**APP, "pkg/mod.py": "from pkg.missing import name\n"})
    assert [(finding.rule, finding.path) for finding in found] == [("broken-import", "pkg/mod.py")]
