"""Code quality as a distributed, crash-proof pipeline."""

__version__ = "0.1.0"
