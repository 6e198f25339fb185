"""Calls through imported modules of the project."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.analysers.finding import Finding, Span

Analyse = Callable[..., list[Finding]]

PACKAGE = {
    "pkg/__init__.py": "from pkg.mod import make\n",
    "pkg/mod.py": "def make(): ...\n\n\nclass Thing: ...\n\n\nthing = Thing()\n",
    "pkg/sub/__init__.py": "from pkg import mod as inner\n",
}


@pytest.mark.parametrize(
    "code",
    [
        "import pkg.mod\npkg.mod.nope()\n",
        "import pkg.mod as m\nm.nope()\n",
        "from pkg import mod\nmod.nope()\n",
        "from pkg import mod as m\nm.nope(1)(2)\n",
        "from pkg.sub import inner\ninner.nope()\n",
        "import pkg.sub\npkg.sub.inner.nope()\n",
        "import pkg\npkg.nope.more()\n",
        "from pkg import mod\n\ndef f():\n    return [mod.nope(x) for x in y]\n",
        "def f():\n    from pkg import mod\n    mod.nope()\n",
        "from pkg import mod\nclass C:\n    def f(self):\n        mod.nope()\n",
        "from pkg import mod\nclass C:\n    mod = None\n    def f(self):\n        mod.nope()\n",
        "from pkg import mod\nif x:\n    mod.nope()\n",
        "from pkg import mod\n@mod.nope()\ndef f(): ...\n",
    ],
)
def test_a_call_of_something_that_the_module_has_not_is_an_error(
    imports: Analyse, code: str
) -> None:
    (found,) = imports({**PACKAGE, "app.py": code})
    assert (found.rule, found.severity, found.path) == ("undefined-call", "error", "app.py")


def test_the_finding_names_the_module_and_covers_the_name(imports: Analyse) -> None:
    (found,) = imports({**PACKAGE, "app.py": "from pkg import mod\nx = mod.nope(1)\n"})
    assert found.message == "This call cannot work: there is no `nope` in pkg/mod.py."
    assert found.span == Span(2, 5, 2, 13)


@pytest.mark.parametrize(
    "code",
    [
        "from pkg import mod\nmod.make()\n",
        "from pkg import mod\nmod.thing.nope()\nmod.Thing.nope()\nmod.Thing().nope()\n",
        "import pkg\npkg.make.nope()\npkg.mod.make()\n",
        "import requests\nrequests.nope()\n",
        "from pkg import mod\nclass C:\n    def f(self):\n        self.nope()\n",
        "from pkg import mod\nmod = f()\nmod.nope()\n",
        "from pkg import mod\ndef f(mod):\n    mod.nope()\n",
        "from pkg import mod\ndef f():\n    mod = 1\n    mod.nope()\n",
        "from pkg import mod\nfor mod in x:\n    mod.nope()\n",
        "from pkg import mod\nx = [mod.nope() for mod in y]\n",
        "from pkg import mod\nx = lambda mod: mod.nope()\n",
        "from pkg import mod\nwith f() as mod:\n    mod.nope()\n",
        "from pkg import mod\ndef f():\n    global mod\n    mod = 1\nmod.nope()\n",
        "try:\n    from pkg import mod\nexcept ImportError:\n    mod = None\nmod.nope()\n",
        "from pkg import mod\ntry:\n    mod.nope()\nexcept AttributeError:\n    pass\n",
        "from pkg import mod\nif hasattr(mod, 'nope'):\n    mod.nope()\n",
        "from pkg import mod\nimport sys\nif sys.platform == 'win32':\n    mod.nope()\n",
        "from pkg import mod\nmod.nope = 1\nmod.nope()\n",
        "from pkg import mod\nmod.__dict__.update()\nmod.__nope__()\n",
        "from pkg import make\nmake.nope()\n",
        "from pkg import mod\nmod.nope\n",
        "from pkg import mod\nwith pytest.raises(AttributeError):\n    mod.nope()\n",
    ],
)
def test_a_call_that_works_or_may_work_is_no_finding(imports: Analyse, code: str) -> None:
    assert imports({**PACKAGE, "app.py": code}) == []


def test_a_value_hides_the_submodule_of_its_name(imports: Analyse) -> None:
    files = {
        "pkg/__init__.py": "from pkg.run import run\n",
        "pkg/run.py": "def run(): ...\n",
        "app.py": "from pkg import run\nrun.delay()\n",
    }
    assert imports(files) == []


def test_a_package_and_a_module_keep_their_own_names(imports: Analyse) -> None:
    """`base.dialect = …` in a package's `__init__` gives the submodule a name."""
    files = {
        "pkg/__init__.py": "from . import base\nbase.dialect = 1\n",
        "pkg/base.py": "",
        "app.py": "from pkg import base\nbase.dialect()\nbase.nope()\n",
    }
    assert [finding.span.line for finding in imports(files)] == [3]
