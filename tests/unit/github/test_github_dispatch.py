"""What GitHub would not take is refused before anything is sent, with the parameter's name."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_mcp.github.dispatch import dispatch_of
from pipeline_mcp.github.errors import DispatchError
from pipeline_mcp.github.repository import Repository, parse_remote, web_host


def test_the_older_systems_inputs_are_the_default_of_its_workflow() -> None:
    assert dispatch_of("pipeline-integration.yml", "main", {}).inputs == {
        "max_fixes": "10",
        "force_fresh_report": "false",
    }
    given = dispatch_of("pipeline-integration.yml", "main", {"max_fixes": 3}).inputs
    assert given == {"max_fixes": "3", "force_fresh_report": "false"}
    assert dispatch_of("other.yml", "main", {}).inputs == {}


def test_values_become_texts() -> None:
    given = dispatch_of("ci.yaml", "v1.0", {"a": True, "b": 1.5, "c-d": "x", "_e": False})
    assert given.inputs == {"a": "true", "b": "1.5", "c-d": "x", "_e": "false"}


@pytest.mark.parametrize(
    "workflow",
    ["", "ci", "../ci.yml", ".yml", "a/b.yml", "ci.yml?x=1", "ci.yml\n", "0", "ci%2f.yml"],
)
def test_a_workflow_is_a_file_or_an_id(workflow: str) -> None:
    with pytest.raises(DispatchError, match="workflow_name"):
        dispatch_of(workflow, "main", {})


@pytest.mark.parametrize(
    "ref",
    [
        *("", "@", "a..b", "a b", "-x", ".a", "a/.b", "a.lock", "a/", "/a", "a//b", "a@{1}"),
        *("a~1", "a:b", "a\\b", "a\n", "x" * 245, "a."),
    ],
)
def test_a_ref_is_one_that_git_allows(ref: str) -> None:
    with pytest.raises(DispatchError, match=r"^ref "):
        dispatch_of("ci.yml", ref, {})


@pytest.mark.parametrize(("ref", "branch"), [("refs/heads/a/b", "a/b"), ("refs/tags/v1", "v1")])
def test_a_run_is_found_by_the_short_name(ref: str, branch: str) -> None:
    assert dispatch_of("ci.yml", ref, {}).branch == branch


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"a b": "x"}, "'a b'"),
        ({"x" * 101: "x"}, "name of an input"),
        ({"a": ["x"]}, "inputs.a "),
        ({"a": None}, "inputs.a "),
        ({"a": float("nan")}, "inputs.a "),
        ({f"a{number}": "" for number in range(26)}, "26 entries"),
        ({"a": "x" * 65_536}, "65535"),
    ],
)
def test_inputs_are_few_small_and_plain(inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(DispatchError, match=said):
        dispatch_of("ci.yml", "main", inputs)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com/octocat/hello.git", "github.com"),
        ("https://me:secret@github.com/octocat/hello/", "github.com"),
        ("git@github.com:octocat/hello.git", "github.com"),
        ("ssh://git@ssh.github.com:443/octocat/hello.git", "github.com"),
        ("ssh://git@ghe.example.com/octocat/hello", "ghe.example.com"),
    ],
)
def test_remotes_are_understood_as_git_writes_them(url: str, host: str) -> None:
    assert parse_remote(url) == (host, Repository("octocat", "hello"))


@pytest.mark.parametrize(
    "url",
    [
        *("", "/srv/git/hello.git", "https://github.com/octocat", "https://github.com/a/../b"),
        *("file:///octocat/hello", "git@github.com:a/b/c.git", "https://[/a/b"),
        "git@github.com:a/..",
    ],
)
def test_other_remotes_are_no_repository(url: str) -> None:
    assert parse_remote(url) is None


@pytest.mark.parametrize(
    ("api", "host"),
    [
        ("https://api.github.com", "github.com"),
        ("https://ghe.example.com/api/v3", "ghe.example.com"),
        ("https://api.acme.ghe.com", "acme.ghe.com"),
    ],
)
def test_an_api_belongs_to_a_host(api: str, host: str) -> None:
    assert web_host(api) == host
