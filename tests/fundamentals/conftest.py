"""The small project that the tutorial works on."""

from __future__ import annotations

from pathlib import Path

import pytest

SHOP = '''"""A shop."""

import os


def total(prices: list[float]) -> float:
    """The sum of the prices, with the tax that nobody has defined."""
    return sum(prices) + tax
'''

BILL = '''"""A bill; there is nothing to say about it."""


def line(name: str, price: float) -> str:
    """One line of the bill."""
    return f"{name}: {price:.2f}"
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two modules: `shop.py` has two flaws, `bill.py` has none."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "shop.py").write_text(SHOP)
    (root / "bill.py").write_text(BILL)
    return root
