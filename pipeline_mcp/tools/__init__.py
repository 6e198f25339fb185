"""Lint, type, security and format programs behind adapters: one module each, one registry."""
