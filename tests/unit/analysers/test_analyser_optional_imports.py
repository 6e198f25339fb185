"""Imports that may fail, since the code is ready for that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.analysers.finding import Finding

Analyse = Callable[..., list[Finding]]

MISSING = "from pkg.missing import x"


@pytest.mark.parametrize(
    "code",
    [
        f"try:\n    {MISSING}\nexcept ImportError:\n    x = None\n",
        f"try:\n    {MISSING}\nexcept (KeyError, ModuleNotFoundError):\n    x = None\n",
        f"try:\n    {MISSING}\nexcept Exception:\n    x = None\n",
        f"try:\n    {MISSING}\nexcept:\n    x = None\n",
        f"try:\n    import fast\nexcept ImportError:\n    {MISSING}\n",
        f"try:\n    if a:\n        {MISSING}\nexcept ImportError:\n    x = None\n",
        f"with contextlib.suppress(ImportError):\n    {MISSING}\n",
        f"with suppress(KeyError, ModuleNotFoundError):\n    {MISSING}\n",
        f"with pytest.raises(ImportError):\n    {MISSING}\n",
        f"with self.assertRaises(ImportError), other():\n    {MISSING}\n",
        f"if sys.version_info < (3, 11):\n    {MISSING}\n",
        f"if os.name == 'nt':\n    {MISSING}\nelse:\n    {MISSING}\n",
        f"if HAS_FAST:\n    {MISSING}\n",
        f"if TYPE_CHECKING:\n    {MISSING}\n",
        f"if typing.TYPE_CHECKING:\n    {MISSING}\n",
        f"if False:\n    {MISSING}\n",
        f"@pytest.mark.skipif(True, reason='')\ndef test():\n    {MISSING}\n",
        f"@requires_fast\nclass TestFast:\n    def test(self):\n        {MISSING}\n",
        f"pytest.importorskip('pkg.missing')\n{MISSING}\n",
        f"if importlib.util.find_spec('pkg.missing'):\n    {MISSING}\n",
        f"{MISSING}  # type: ignore\n",
        f"{MISSING}  # type: ignore[import-not-found]\n",
        f"{MISSING}  # pylint: disable=import-error\n",
    ],
)
def test_an_import_that_may_fail_is_no_finding(imports: Analyse, code: str) -> None:
    assert imports({"pkg/__init__.py": "", "app.py": code}) == []


@pytest.mark.parametrize(
    "code",
    [
        f"try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    {MISSING}\n",
        f"try:\n    pass\nexcept ImportError:\n    pass\nfinally:\n    {MISSING}\n",
        f"try:\n    {MISSING}\nexcept KeyError:\n    pass\n",
        f"with open('x'):\n    {MISSING}\n",
        f"if ready:\n    {MISSING}\n",
        f"@cached\ndef f():\n    {MISSING}\n",
        f"{MISSING}  # noqa: F401\n",
        f"{MISSING}  # type: ignore[arg-type]\n",
    ],
)
def test_an_import_that_nothing_is_ready_for_is_an_error(imports: Analyse, code: str) -> None:
    (found,) = imports({"pkg/__init__.py": "", "app.py": code})
    assert found.rule == "broken-import"
