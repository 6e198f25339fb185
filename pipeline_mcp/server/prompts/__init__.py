"""The prompts that the server offers."""
