"""Which tools a profile names; what of them runs is decided by `tools.selection`."""

from __future__ import annotations

from typing import Literal, get_args

# A profile is a set of tools. How the program is deployed is another matter with another name.
ProfileName = Literal["fast", "standard", "full"]

PROFILE_NAMES: tuple[ProfileName, ...] = get_args(ProfileName)

# black stands beside ruff-format, isort beside ruff: the repository's configuration decides.
_FAST = frozenset(
    {
        "ruff",
        "ruff-format",
        "black",
        "codespell",
        "yamllint",
        "shellcheck",
        "actionlint",
        "hadolint",
    }
)
_STANDARD = _FAST | {"isort", "mypy", "bandit", "detect-secrets", "imports"}
_FULL = _STANDARD | {"flake8", "pylint", "vulture", "pydocstyle", "pip-audit", "duplicates"}

PROFILES: dict[str, frozenset[str]] = {
    "fast": _FAST,
    "standard": _STANDARD,
    "full": _FULL,
}


def profiles_of(tool: str) -> tuple[ProfileName, ...]:
    """The profiles that name `tool`, smallest first."""
    return tuple(name for name in PROFILE_NAMES if tool in PROFILES[name])
