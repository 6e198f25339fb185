"""Imports of modules that are not there, in all layouts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.analysers.finding import Finding, Span

Analyse = Callable[..., list[Finding]]

# Whatever the layout, this says where `pkg` is, and that it holds `real`.
PACKAGE = {"pkg/__init__.py": "", "pkg/real.py": "value = 1\n"}


def places(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(finding.rule, finding.path, finding.span.line) for finding in findings]


def moved(prefix: str) -> dict[str, str]:
    return {f"{prefix}{path}": content for path, content in PACKAGE.items()}


@pytest.mark.parametrize(
    "statement",
    [
        "import pkg.missing",
        "import pkg.missing.deep as m",
        "from pkg.missing import x",
        "from pkg.real.deep import x",
        "from .missing import x",
        "from . import missing",
        "from .missing import *",
        "from ..pkg.missing import x",
        "def f():\n    import pkg.missing",
        "class C:\n    from pkg import missing",
        "try:\n    import pkg.missing\nexcept ValueError:\n    pass",
        "if __name__ == '__main__':\n    import pkg.missing",
    ],
)
def test_a_module_of_the_project_that_is_not_there_is_an_error(
    imports: Analyse, statement: str
) -> None:
    (found,) = imports({**PACKAGE, "pkg/app.py": f"{statement}\n"})
    assert found.rule in ("broken-import", "broken-import-name")
    assert (found.severity, found.path) == ("error", "pkg/app.py")


def test_a_finding_says_what_is_missing_and_where(imports: Analyse) -> None:
    (found,) = imports({**PACKAGE, "app.py": "from pkg.missing import one, two\n"})
    assert found.span == Span(1, 25, 1, 28)
    assert found.message == (
        "The import of `pkg.missing` cannot work: "
        "there is no module pkg/missing.py and no package pkg/missing/."
    )


def test_a_module_has_no_submodules(imports: Analyse) -> None:
    (found,) = imports({**PACKAGE, "app.py": "import pkg.real.deep\n"})
    assert found.message.endswith("pkg/real.py is a module, not a package.")


def test_a_package_that_imports_a_submodule_it_has_not_is_found(imports: Analyse) -> None:
    found = imports({"pkg/__init__.py": "from . import missing\nfrom .gone import x\n"})
    assert places(found) == [
        ("broken-import-name", "pkg/__init__.py", 1),
        ("broken-import", "pkg/__init__.py", 2),
    ]


def test_a_relative_import_must_stay_in_the_project(imports: Analyse) -> None:
    (found,) = imports({**PACKAGE, "pkg/app.py": "from ...other import x\n"})
    assert found.message == "The import of `...other` cannot work: `...` leads out of the project."


@pytest.mark.parametrize(
    "statement",
    [
        "import requests",
        "from requests.missing import anything",
        "import os.missing",
        "from json import missing",
        "import pkg, pkg.real",
        "import pkg.real as r",
        "from pkg import real",
        "from pkg.real import value",
        "from . import real",
        "from .real import *",
        "from .. import pkg",
        "import pkg._version",
        "from pkg.service_pb2 import Request",
        "from __future__ import annotations",
    ],
)
def test_what_is_there_or_belongs_to_others_is_no_finding(imports: Analyse, statement: str) -> None:
    assert imports({**PACKAGE, "pkg/app.py": f"{statement}\n"}) == []


@pytest.mark.parametrize("prefix", ["", "src/", "lib/", "python/"])
def test_a_package_may_lie_in_a_source_folder(imports: Analyse, prefix: str) -> None:
    app = "from pkg.real import value\nimport pkg.missing\n"
    found = imports({**moved(prefix), "tests/test_app.py": app})
    assert places(found) == [("broken-import", "tests/test_app.py", 2)]


def test_a_tree_may_hold_several_projects(imports: Analyse) -> None:
    found = imports(
        {
            **moved("services/one/src/"),
            "services/one/pyproject.toml": "",
            "services/two/app.py": "import pkg.real\nimport pkg.missing\n",
        }
    )
    assert places(found) == [("broken-import", "services/two/app.py", 2)]


def test_packages_of_one_name_in_several_places_count_together(imports: Analyse) -> None:
    files = {"tests/__init__.py": "", "sub/tests/__init__.py": "", "sub/tests/tools.py": ""}
    assert imports({**files, "tests/test_a.py": "from tests.tools import x\n"}) != []
    assert imports({**files, "tests/test_a.py": "from tests import tools\n"}) == []


def test_scripts_find_each_other(imports: Analyse) -> None:
    files = {
        "scripts/common.py": "def go(): ...\n",
        "scripts/run.py": "from common import go, no\n",
    }
    (found,) = imports(files)
    assert (found.rule, found.message) == (
        "broken-import-name",
        "There is no `no` in scripts/common.py.",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"demo/redis.py": "import redis\n", "demo/app.py": "from redis import Redis\n"},
        {"demo/queue.py": "", "demo/app.py": "from queue import Missing\n"},
        {"examples/django/__init__.py": "from django.conf import settings\n"},
        {"alembic/env.py": "from alembic import context\nimport alembic.missing\n"},
        {"docker/app.py": "", "run.py": "from docker import from_env\n"},
        {
            "alembic/__init__.py": "",
            "alembic/env.py": "from alembic import context\n",
            "requirements.txt": "alembic>=1\n",
        },
    ],
    ids=["wrapper", "standard library", "example", "namespace", "folder", "dependency"],
)
def test_a_name_that_may_be_somebody_elses_is_no_finding(
    imports: Analyse, files: dict[str, str]
) -> None:
    assert imports(files) == []


def test_a_dependency_of_an_example_does_not_hide_the_package_itself(imports: Analyse) -> None:
    files = {"demo/requirements.txt": "pkg\n", "app.py": "import pkg.real\nimport pkg.missing\n"}
    assert places(imports({**PACKAGE, **files})) == [("broken-import", "app.py", 2)]


def test_namespace_packages_are_followed(imports: Analyse) -> None:
    files = {"space/inner/__init__.py": "", "space/inner/real.py": "x = 1\n"}
    app = "import space.inner.real\nimport space.other\nimport space.inner.missing\n"
    found = imports({**files, "space/app.py": app})
    assert places(found) == [("broken-import", "space/app.py", 3)]


@pytest.mark.parametrize(
    "files",
    [
        {"pkg/fast.pyx": ""},
        {"pkg/fast.cpython-311-x86_64-linux-gnu.so": b""},
        {"pkg/fast.pyi": "def anything(): ...\n"},
        {"setup.py": "ext_modules = [Extension('pkg.fast', ['fast.c'])]\n"},
        {"meson.build": "py.extension_module('fast', 'fast.c')\n"},
        {".gitignore": "*.pyc\n/pkg/fast.py\n"},
        {"pkg/.gitignore": "fast.*\n"},
        {"pyproject.toml": "[tool.hatch.build.hooks.vcs]\nversion-file = 'pkg/fast.py'\n"},
        {"pkg/__init__.py": "from pkgutil import extend_path\n__path__ = extend_path(1, 2)\n"},
        {"pkg/__init__.py": "import sys\nsys.modules['pkg.fast'] = object()\n"},
        {"other.py": "import sys\nsys.modules.setdefault('pkg.fast', None)\n"},
    ],
)
def test_modules_that_are_built_or_injected_are_no_findings(
    imports: Analyse, files: dict[str, str | bytes]
) -> None:
    app = {"pkg/app.py": "import pkg.fast\nfrom .fast import anything\n"}
    assert imports({**PACKAGE, **files, **app}) == []


@pytest.mark.parametrize("folder", ["tests/data", "pkg/_vendor", "testdata", "{{name}}"])
def test_files_of_others_and_test_data_are_not_checked(imports: Analyse, folder: str) -> None:
    assert imports({**PACKAGE, f"{folder}/a.py": "import pkg.missing\n"}) == []


def test_functional_tests_are_tests(imports: Analyse) -> None:
    assert len(imports({**PACKAGE, "tests/functional/test_a.py": "import pkg.missing\n"})) == 1


def test_modules_count_as_there_although_they_are_not_to_be_checked(imports: Analyse) -> None:
    app = {"pkg/app.py": "import pkg.real\nimport pkg.missing\n"}
    found = imports({**PACKAGE, **app}, only=["pkg/app.py"])
    assert places(found) == [("broken-import", "pkg/app.py", 2)]


def test_circles_of_imports_end(imports: Analyse) -> None:
    files = {
        "pkg/__init__.py": "from pkg.a import *\n",
        "pkg/a.py": "from pkg.b import *\nfrom pkg.b import x\n",
        "pkg/b.py": "from pkg.a import *\nfrom pkg.a import x\nfrom pkg import y as z\n",
    }
    assert [(finding.path, finding.span.line) for finding in imports(files)] == [("pkg/b.py", 3)]


def test_long_chains_of_imports_are_no_trouble(imports: Analyse) -> None:
    stars = {f"pkg/s{n}.py": f"from pkg.s{n + 1} import *\n" for n in range(600)}
    names = {f"pkg/n{n}.py": f"from pkg.n{n + 1} import x\n" for n in range(600)}
    ends = {"pkg/__init__.py": "", "pkg/s600.py": "x = 1\n", "pkg/n600.py": "x = 1\n"}
    app = {"app.py": "from pkg.s0 import x\nfrom pkg.n0 import x\nfrom pkg.s0 import y\n"}
    assert [finding.span.line for finding in imports({**stars, **names, **ends, **app})] == [3]
