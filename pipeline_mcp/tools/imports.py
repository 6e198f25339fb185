"""imports: our own check for imports and calls of the project's modules that cannot work."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline_mcp.analysers.imports.manifests import NAMES
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.tools import analysers
from pipeline_mcp.tools.contract import (
    Completed,
    Cost,
    FilePattern,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import PythonModule


def command(job: Job) -> list[str]:
    """The option `left_out` holds globs of what the workspace has and the tree has not."""
    globs = job.options.get("left_out", ())
    if not globs:
        return analysers.command(job)
    names = analysers.write_list(job.scratch / "left-out", globs)
    return [f"--left-out={names}", *analysers.command(job)]


def parse(job: Job, completed: Completed) -> Iterable[Finding]:
    """One finding per import or call that cannot work, and per file that does not parse."""
    return analysers.findings("imports", job, completed)


TOOL = Tool(
    name="imports",
    kind=Kind.ANALYSIS,
    summary="Broken imports and calls within the project",
    url="",
    # Compiled modules are only looked for, never into.
    files=FilePattern(suffixes=(".py", ".pyi", ".pyx", ".pxd", ".so", ".pyd")),
    scope=Scope.PROGRAM,
    executable=PythonModule("pipeline_mcp.analysers.imports", distribution="pipeline-mcp"),
    command=command,
    parse=parse,
    config_files=NAMES,
    needs_left_out=True,
    cost=Cost(startup=0.15, per_kib=0.0002),
    samples=(
        Sample(
            title="a module and a name that are not there",
            files={
                "shop/__init__.py": "",
                "shop/cart.py": "def add():\n    pass\n",
                "shop/app.py": "from shop.cart import remove\nfrom shop.till import pay\n",
            },
            expected=(
                ("shop/app.py", "broken-import-name", 1),
                ("shop/app.py", "broken-import", 2),
            ),
        ),
        Sample(
            title="a call of something that the module does not have",
            files={
                "shop/__init__.py": "",
                "shop/cart.py": "def add():\n    pass\n",
                "shop/app.py": "from shop import cart\n\n\ncart.add()\ncart.remove()\n",
            },
            expected=(("shop/app.py", "undefined-call", 5),),
        ),
        Sample(
            title="methods, optional imports and packages of others",
            files={
                "shop/__init__.py": "",
                "shop/app.py": (
                    "import requests\n\ntry:\n    from shop.fast import run\n"
                    "except ImportError:\n    run = None\n\n\n"
                    "class App:\n    def go(self):\n        self.anything(requests.nothing())\n"
                ),
            },
            expected=(),
        ),
    ),
)
