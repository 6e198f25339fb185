"""A workflow, a ref and inputs as GitHub takes them, found out before anything is sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.config.document import shown
from pipeline_mcp.github.errors import DispatchError

# The older system's workflow, and what it was given where nobody said otherwise.
PIPELINE_WORKFLOW = "pipeline-integration.yml"
_PIPELINE_INPUTS = {"max_fixes": "10", "force_fresh_report": "false"}

_WORKFLOW = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,249}\.ya?ml|[1-9][0-9]{0,18}")
_INPUT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
# As git check-ref-format has it.
_NOT_IN_REFS = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_LONGEST_REF = 244
# GitHub's own limits.
_MOST_INPUTS = 25
_MOST_INPUT_BYTES = 65_535


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What is to be run; `inputs` are texts, as GitHub hands them to the workflow."""

    workflow: str
    ref: str
    inputs: dict[str, str]

    @property
    def branch(self) -> str:
        """The branch or tag without `refs/heads/`: what GitHub calls a run's head branch."""
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def dispatch_of(workflow: str, ref: str, inputs: Mapping[str, Any]) -> Dispatch:
    """The dispatch that these parameters mean.

    Raises:
        DispatchError: GitHub would not take one of them; it says which, and why.
    """
    if not _WORKFLOW.fullmatch(workflow):
        raise DispatchError(
            f"workflow_name {shown(workflow)!r} is no workflow.",
            next_step="Give the name of a file in .github/workflows, such as ci.yml, or its id.",
        )
    _check_ref(ref)
    given = {name: _text(name, value) for name, value in inputs.items()}
    if workflow == PIPELINE_WORKFLOW:
        given = _PIPELINE_INPUTS | given
    _check_size(given)
    return Dispatch(workflow, ref, given)


def _check_ref(ref: str) -> None:
    parts = ref.split("/")
    is_wrong = (
        not 0 < len(ref) <= _LONGEST_REF
        or _NOT_IN_REFS.search(ref)
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
        or ref.endswith(".")
        or ref.startswith("-")
        or ref == "@"
    )
    if is_wrong:
        raise DispatchError(
            f"ref {shown(ref)!r} is no branch or tag that git allows.",
            next_step="Give the name of a branch or tag, such as main.",
        )


def _text(name: str, value: Any) -> str:
    if not _INPUT.fullmatch(name):
        raise DispatchError(
            f"inputs: {shown(name)!r} cannot be the name of an input.",
            next_step="Names begin with a letter or _ and have letters, digits, - and _.",
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    raise DispatchError(
        f"inputs.{name} is neither a text nor a number nor true or false.",
        next_step="Give structured values as a text with JSON.",
    )


def _check_size(inputs: Mapping[str, str]) -> None:
    if len(inputs) > _MOST_INPUTS:
        raise DispatchError(
            f"inputs has {len(inputs)} entries, and GitHub takes {_MOST_INPUTS}.",
            next_step="Put several values into one, as a text with JSON.",
        )
    size = len(json.dumps(inputs, ensure_ascii=False).encode("utf-8", "replace"))
    if size > _MOST_INPUT_BYTES:
        raise DispatchError(
            f"inputs has {size} bytes, and GitHub takes {_MOST_INPUT_BYTES}.",
            next_step="Put large values into the repository, and give their place.",
        )
