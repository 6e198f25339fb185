"""`version_check` answers small, quickly where nothing is compared, and marks what it quotes."""

from __future__ import annotations

from fixtures import own_backend
from fixtures.answers import Call, envelope, refusal
from fixtures.git import GitRepository, RepositoryFactory

from pipeline_mcp.server.size import MOST_BYTES, size
from pipeline_mcp.sessions.trust import trust


def shop(git_repository: RepositoryFactory) -> GitRepository:
    repository = git_repository(
        {
            "pyproject.toml": '[project]\nname = "shop"\nversion = "1.0.0"\n',
            "shop.py": "".join(f"def f{n}(a='{'é' * 2_000}'): ...\n" for n in range(400)),
        }
    )
    repository.git("tag", "v1.0.0")
    return repository


def test_without_a_base_nothing_is_claimed_of_compatibility(
    call: Call, git_repository: RepositoryFactory
) -> None:
    answer = envelope(call("version_check", workspace=str(shop(git_repository).path)))
    results = answer["results"]
    assert (answer["status"], results["overall_status"]) == ("success", "passed")
    assert (results["version"], results["tag"]["exists"]) == ("1.0.0", True)
    assert results["compatibility"]["compatible"] is None
    assert "places" in results["untrusted"]
    assert answer["execution_time"] < 1


def test_very_many_breaks_are_counted_and_the_answer_stays_small(
    call: Call, git_repository: RepositoryFactory
) -> None:
    repository = shop(git_repository)
    repository.write("shop.py", "".join(f"def f{n}(): ...  # \x1b[2J\n" for n in range(400)))
    answer = call("version_check", workspace=str(repository.path), base="v1.0.0")
    assert size(answer.structured_content) <= MOST_BYTES
    results = envelope(answer)["results"]
    assert (results["overall_status"], results["compatibility"]["compatible"]) == ("failed", False)
    assert results["compatibility"]["counts"]["breaking"] == 400
    assert results["compatibility"]["breaking_changes"][0]["object"] == "shop.f0"


def test_what_cannot_be_compared_is_partial_and_a_missing_base_is_refused(
    call: Call, git_repository: RepositoryFactory
) -> None:
    repository = shop(git_repository)
    repository.write("shop.py", "def broken(:\n")
    answer = envelope(call("version_check", workspace=str(repository.path), base="HEAD"))
    assert (answer["status"], answer["results"]["overall_status"]) == ("partial", "incomplete")
    said = refusal(call("version_check", workspace=str(repository.path), base="origin/none"))
    assert "origin/none does not exist" in said


def test_a_release_is_built_where_the_operator_trusts_it(
    call: Call, git_repository: RepositoryFactory
) -> None:
    repository = git_repository(own_backend.FILES)
    asked = {"workspace": str(repository.path), "release": True}
    untrusted = envelope(call("version_check", **asked))
    assert untrusted["status"] == "partial"
    assert "not trusted" in untrusted["results"]["unknown"][0]
    trust(repository.path.resolve())
    answer = envelope(call("version_check", **asked, skip_tests=True))
    results = answer["results"]
    assert (answer["status"], results["overall_status"]) == ("success", "passed"), results
    outcomes = [step["outcome"] for step in results["release"]["steps"]]
    assert outcomes == ["passed"] * 5 + ["skipped"]
    assert "release" in results["untrusted"]
    assert repository.git("status", "--porcelain", "--ignored") == ""
