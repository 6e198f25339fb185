"""Settings come from layers; every mistake is told at once, at the place where it was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_mcp.config.environment import unknown_variables
from pipeline_mcp.config.settings import Settings, load_settings
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.errors import ConfigurationError, SettingError


@pytest.fixture
def operator_file(clean_environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    file = tmp_path / "operator.yaml"
    file.touch()
    clean_environment.setenv("PIPELINE_CONFIG_FILE", str(file))
    return file


@pytest.fixture
def secrets(clean_environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    directory = tmp_path / "secrets"
    directory.mkdir()
    clean_environment.setenv("PIPELINE_SECRETS_DIR", str(directory))
    return directory


def _problems() -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    return [str(problem) for problem in caught.value.problems]


def test_nothing_configured_means_the_defaults(operator_file: Path) -> None:
    settings = load_settings()
    assert settings.profile == "standard"
    assert settings.is_embedded
    assert settings.origin("max_files").kind == "default"


@pytest.mark.parametrize("url", ["redis.example.org:6379", "amqp://guest@localhost//"])
def test_a_broker_of_another_kind_is_refused(
    url: str, operator_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_BROKER_URL", url)
    [problem] = _problems()
    assert problem.startswith("PIPELINE_BROKER_URL: it must begin with redis://")


def test_environment_beats_secrets_and_secrets_beat_the_file(
    operator_file: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator_file.write_text("max_files: 1\nmax_file_bytes: 1\nmax_attempts: 1\n")
    (secrets / "PIPELINE_MAX_FILES").write_text("2\n")
    (secrets / "pipeline_max_file_bytes").write_text("2\n")
    monkeypatch.setenv("PIPELINE_MAX_FILES", "3")
    settings = load_settings()
    assert (settings.max_files, settings.max_file_bytes, settings.max_attempts) == (3, 2, 1)
    assert str(settings.origin("max_files")) == "PIPELINE_MAX_FILES"
    assert str(settings.origin("max_file_bytes")) == str(secrets / "pipeline_max_file_bytes")
    assert str(settings.origin("max_attempts")) == f"{operator_file}:3"


def test_nested_values_merge_and_lists_replace(
    operator_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator_file.write_text("tool: {timeout_seconds: 1, output_bytes: 2}\ntools: [ruff, mypy]\n")
    monkeypatch.setenv("PIPELINE_TOOL__TIMEOUT_SECONDS", "9")
    monkeypatch.setenv("PIPELINE_TOOLS", "black")
    settings = load_settings()
    assert (settings.tool.timeout_seconds, settings.tool.output_bytes) == (9, 2)
    assert settings.tools == ("black",)
    assert str(settings.origin("tool", "timeout_seconds")) == "PIPELINE_TOOL__TIMEOUT_SECONDS"


def test_lists_are_written_as_people_write_them(
    operator_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_TOOLS", "ruff, mypy")
    monkeypatch.setenv("PIPELINE_FAIL_ON", '["error"]')
    monkeypatch.setenv("PIPELINE_WORKSPACES", "/one:/two")
    monkeypatch.setenv("PIPELINE_TOOL_OPTIONS__RUFF__ARGS", "--preview,--quiet")
    settings = load_settings()
    assert settings.tools == ("ruff", "mypy")
    assert settings.fail_on == (Severity.ERROR,)
    assert settings.workspaces == (Path("/one"), Path("/two"))
    assert settings.tool_options["ruff"].args == ("--preview", "--quiet")


def test_an_empty_variable_counts_as_not_set(
    operator_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_MAX_FILES", "")
    monkeypatch.setenv("ENABLE_PARALLEL_PROCESSING", "")
    settings = load_settings()
    assert settings.max_files == 100_000
    assert settings.parallel


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PIPELINE_MAX_FILES", "abc", "PIPELINE_MAX_FILES: Input should be a valid integer"),
        ("PIPELINE_MAX_FILES", "0", "PIPELINE_MAX_FILES: Input should be greater than or equal"),
        ("PIPELINE_LEASE_SECONDS", "inf", "PIPELINE_LEASE_SECONDS: Input should be a finite"),
        ("PIPELINE_BLOB_STORE", "s3", "PIPELINE_BLOB_STORE: Input should be 'auto', 'local'"),
        ("PIPELINE_FAIL_ON", "error,fatal", "PIPELINE_FAIL_ON: [1]: Input should be 'error'"),
        ("PIPELINE_TOOLS", '["ruff', "PIPELINE_TOOLS: Input should be a list"),
        ("PIPELINE_TOOL", "{x", "PIPELINE_TOOL: Input should be a mapping"),
        ("PIPELINE_TOOL__TIMEOUT", "3", "PIPELINE_TOOL__TIMEOUT: unknown key; did you mean 'time"),
        ("PIPELINE_TOOL_OPTIONS", '{"ruff": {"arg": []}}', "PIPELINE_TOOL_OPTIONS: ruff.arg: unk"),
        ("ENABLE_PARALLEL_PROCESSING", "maybe", "ENABLE_PARALLEL_PROCESSING: Input should be a "),
        ("PIPELINE_CONFIG_FILE", "/no/such", "PIPELINE_CONFIG_FILE: /no/such does not exist"),
        ("PIPELINE_SECRETS_DIR", "/no/such", "PIPELINE_SECRETS_DIR: /no/such is not a directory"),
    ],
)
def test_a_wrong_variable_is_named(
    operator_file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    problems = _problems()
    assert len(problems) == 1
    assert problems[0].startswith(said)


def test_all_mistakes_of_all_sources_are_told_at_once(
    operator_file: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator_file.write_text("max_file: 1\nmax_files: many\n")
    (secrets / "pipeline_node").write_text("")
    (secrets / "pipeline_max_attempts").write_text("x")
    monkeypatch.setenv("PIPELINE_MAX_FILES", "0")
    problems = _problems()
    assert [problem.split(": Input")[0] for problem in problems] == [
        "PIPELINE_MAX_FILES",
        f"{secrets / 'pipeline_node'}: String should have at least 1 character",
        str(secrets / "pipeline_max_attempts"),
        f"{operator_file}:1: max_file: unknown key; did you mean 'max_files'?",
        f"{operator_file}:2: max_files",
    ]


def test_a_wrong_value_is_told_although_another_layer_hides_it(
    operator_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator_file.write_text("max_files: many\n")
    monkeypatch.setenv("PIPELINE_MAX_FILES", "5")
    assert _problems()[0].startswith(f"{operator_file}:1: max_files: Input should be")


def test_the_error_is_a_setting_error_that_names_the_first_place(
    operator_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_MAX_FILES", "abc")
    with pytest.raises(SettingError, match="PIPELINE_MAX_FILES") as caught:
        load_settings()
    assert caught.value.setting == "PIPELINE_MAX_FILES"


def test_the_operators_file_may_not_say_where_it_is(operator_file: Path) -> None:
    operator_file.write_text("config_file: /elsewhere\nsecrets_dir: /run/secrets\n")
    assert _problems() == [
        f"{operator_file}:1: config_file: it can be set in the environment alone",
        f"{operator_file}:2: secrets_dir: it can be set in the environment alone",
    ]


def test_a_broken_operators_file_is_told(operator_file: Path) -> None:
    operator_file.write_text("a: [\n")
    assert _problems()[0].startswith(f"{operator_file}:2: while parsing a flow node")


def test_a_secret_that_points_out_of_its_directory_is_told(secrets: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    (secrets / "pipeline_node").symlink_to(tmp_path / "elsewhere")
    problems = _problems()
    assert len(problems) == 1
    assert "resolves outside" in problems[0]


def test_many_problems_do_not_fill_the_terminal(operator_file: Path) -> None:
    operator_file.write_text("".join(f"key{number}: 1\n" for number in range(200)))
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert len(caught.value.problems) == 200
    assert len(str(caught.value).splitlines()) == 51
    assert str(caught.value).endswith("and 150 more problems")


def test_a_variable_that_sets_nothing_is_noticed(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("PIPELINE_MAX_FILE", "3")
    clean_environment.setenv("PIPELINE_TOOL__TIMEOUT_SECONDS", "3")
    assert unknown_variables(Settings) == [
        "PIPELINE_MAX_FILE is not a setting; did you mean PIPELINE_MAX_FILES?"
    ]


def test_settings_are_frozen(operator_file: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().max_files = 3  # type: ignore[misc]
