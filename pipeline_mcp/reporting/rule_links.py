"""Where a rule of a tool is documented."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline_mcp.tools.registry import TOOLS

_PAGES = {
    "ruff": "https://docs.astral.sh/ruff/rules/{}/",
    "pylint": "https://pylint.readthedocs.io/en/stable/search.html?q={}",
    "shellcheck": "https://www.shellcheck.net/wiki/{}",
    "mypy": "https://mypy.readthedocs.io/en/stable/_refs.html#code-{}",
    "hadolint": "https://github.com/hadolint/hadolint/wiki/{}",
    "flake8": "https://www.flake8rules.com/rules/{}.html",
    "yamllint": "https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules.{}",
}
_CODE = re.compile(r"[A-Za-z0-9_-]+")


def rule_link(tool: str, rule: str) -> str:
    """The rule's page, or the tool's where rules have none; empty for a tool without one."""
    if tool in _PAGES and _CODE.fullmatch(rule):
        word = rule.replace("-", "_") if tool == "yamllint" else rule
        return _PAGES[tool].format(quote(word))
    return TOOLS[tool].url if tool in TOOLS else ""
