"""A real repository has one set of findings, however it is run, and it is that of the tools."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import kombu.connection
import pytest
from fixtures.requirements import require
from fixtures.warm_stack import Command

# pip-audit asks a service, so two of its runs may differ for a reason.
OPTIONS = ("--profile", "full", "--skip-tools", "pip-audit", "--format", "json", "--quiet")
COPIED = (
    "import os\n\n\ndef total(items, limit, factor):\n    amount = 0\n    for item in items:\n"
    "        if item.price > limit:\n            amount += item.price * factor\n"
    "        else:\n            amount -= 1\n    exec(amount)\n    return round(amount, 2)\n"
)
OWN_FILES = {
    "pipeline.yaml": "tool_options: {pylint: {exclude: [kombu]}}\n",  # minutes, on a slow machine
    "shop/__init__.py": "",
    "shop/cart.py": COPIED,
    "shop/app.py": "from shop.cart import remove\nfrom shop.till import pay\n",
    "shop/again.py": COPIED,
    "deploy.sh": "#!/bin/sh\nrm -r $1\n",
    "config.yaml": "name: one\nname: two\n",
    "Dockerfile": "FROM debian\nMAINTAINER somebody\n",
    "README.md": "# " + "Teh" + " title\n\nkey = '" + "AKIA" + "IOSFODNN7EXAMPLQ'\n",
    ".github/workflows/ci.yml": (
        "on: push\njobs:\n  test:\n    needs: build\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - run: make test\n"
    ),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some fifty modules of a package that is installed anyway, and faults of every kind."""
    root = tmp_path_factory.mktemp("repository")
    _copy_package(root, "transport")
    for name, content in OWN_FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def run(command: Command, repository: Path, *options: str) -> Any:
    answer = command("run", repository, *OPTIONS, *options)
    assert answer.exit_code == 1, answer.stderr
    assert {tool["outcome"] for tool in answer.json["tools"]} == {"ok"}
    return answer.json


@pytest.fixture(scope="module")
def first(warm: Command, repository: Path) -> Any:
    """The report of a parallel run that asks no cache."""
    report = run(warm, repository, "--no-cache")
    assert report["summary"]["units_cached"] == 0
    return report


def test_every_tool_has_something_to_say(first: Any) -> None:
    silent = [tool["tool"] for tool in first["tools"] if not tool["findings"]]
    assert silent == []
    assert len(first["tools"]) >= 16
    assert first["summary"]["files"] > 50
    assert len(first["findings"]) > 500


def test_a_second_run_is_answered_from_the_cache_alone(
    warm: Command, repository: Path, first: Any
) -> None:
    second = run(warm, repository)
    assert second["findings"] == first["findings"]
    assert second["summary"]["units_cached"] == second["summary"]["units"]
    assert second["snapshot"] == first["snapshot"]


@pytest.mark.parametrize(
    "options", [("--workers", "1", "--sequential"), ("--workers", "4")], ids=["one", "four"]
)
def test_neither_the_number_of_workers_nor_the_state_directory_counts(
    cold: Command, repository: Path, first: Any, options: tuple[str, ...]
) -> None:
    other = run(cold, repository, *options)
    assert other["summary"]["units_cached"] == 0
    assert other["findings"] == first["findings"]


def test_shards_find_what_the_whole_finds(cold: Command, tmp_path: Path) -> None:
    _copy_package(tmp_path)
    tools = ("--tools", "flake8")
    in_shards = run(cold, tmp_path, *tools, "--workers", "4")
    assert in_shards["summary"]["units"] > 2
    in_turn = run(cold, tmp_path, *tools, "--no-cache", "--sequential")
    assert in_turn["findings"] == in_shards["findings"]
    codes = _by_hand(tmp_path, "flake8", "--format=%(code)s").split()
    assert rules(in_shards, "flake8") == Counter(codes)


def test_no_finding_knows_where_or_when_it_was_found(warm: Command, first: Any) -> None:
    text = json.dumps(first["findings"])
    for place in (warm.environment["PIPELINE_STATE_DIR"], "/tmp/", "unit-", first["snapshot"]):
        assert place not in text


def test_no_finding_is_lost_or_made_up(repository: Path, first: Any) -> None:
    ruff = json.loads(_by_hand(repository, "ruff", "check", "--no-cache", "--output-format=json"))
    assert rules(first, "ruff") == Counter(one["code"] for one in ruff)

    flake8 = _by_hand(repository, "flake8", "--format=%(code)s").split()
    assert rules(first, "flake8") == Counter(flake8)

    # Without the project's dependencies, and so without what only their absence causes.
    options = ["--no-incremental", "--no-site-packages", "--ignore-missing-imports"]
    options += ["--output=json", "--disable-error-code=annotation-unchecked"]
    mypy = [json.loads(line) for line in _by_hand(repository, "mypy", *options, ".").splitlines()]
    said = Counter(one["code"] for one in mypy if "is not valid as a type" not in one["message"])
    assert rules(first, "mypy") == said


def rules(report: Any, tool: str) -> Counter[str]:
    return Counter(one["rule"] for one in report["findings"] if one["tool"] == tool)


def _copy_package(root: Path, *left_out: str) -> None:
    package = Path(kombu.connection.__file__).parent
    ignore = shutil.ignore_patterns("__pycache__", *left_out)
    shutil.copytree(package, root / "kombu", ignore=ignore)


def _by_hand(repository: Path, program: str, *arguments: str) -> str:
    done = subprocess.run(
        [require(program), *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout
