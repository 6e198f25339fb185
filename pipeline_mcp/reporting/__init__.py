"""A report in every format: text, JSON, SARIF, JUnit, GitHub annotations, Markdown."""
