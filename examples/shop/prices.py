"""Prices of a small shop, with faults for the pipeline to find."""

import os
import subprocess
from decimal import Decimal


def total(prices: list[Decimal], rebate: Decimal) -> Decimal:
    """Add up the prices, less the rebate."""
    sum = Decimal(0)
    for price in prices:
        sum += price
    return sum - rebat


def receipt(name: str) -> str:
    """Print a reciept with the shop's old program."""
    return subprocess.check_output(f"receipt {name}", shell=True)
