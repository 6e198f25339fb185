"""How much a rule of pycodestyle, pyflakes or pydocstyle matters, whichever tool reports it."""

from __future__ import annotations

import re

from pipeline_mcp.domain.finding import Severity

# E9 and F7: it does not parse or compile. F404 and F407: a `__future__` import that is an error.
# F50 and F52: a format string that does not fit its arguments. F82: a name that nobody defines.
_FAILS = re.compile(r"E9|F7|F40[47]|F50|F52|F82")
_DOCSTRING = re.compile(r"D\d")


def severity(code: str) -> Severity:
    """Error: it fails when it runs. Information: a docstring's form. Warning: all else."""
    if _FAILS.match(code):
        return Severity.ERROR
    return Severity.INFO if _DOCSTRING.match(code) else Severity.WARNING
