"""Kinds of options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline_mcp.domain.finding import Severity

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

# `reporting.formats` has the same names; importing it here would make `--help` slow.
REPORT_FORMATS = (
    *("text", "json", "sarif", "junit", "github", "markdown"),
    *("codequality", "outputs", "patch"),
)


def with_options(
    function: Decorated, options: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]]
) -> Decorated:
    """The function with all of these options, in the order in which help shows them."""
    decorated: Any = function
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


class WordList(click.ParamType[tuple[str, ...]]):
    """Words with commas between them."""

    name = "a,b"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split; spaces around a word do not count."""
        if isinstance(value, tuple):
            return value
        words = tuple(word for each in str(value).split(",") if (word := each.strip()))
        if not words:
            self.fail("name at least one, with commas between several", param, ctx)
        return words


class SeverityList(click.ParamType[tuple[Severity, ...]]):
    """Severities with commas between them, or `none`."""

    name = "severities"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Severity, ...]:
        """Worst first, each once; `none` is the empty tuple."""
        if isinstance(value, tuple):
            return value
        words = {word.strip().lower() for word in str(value).split(",")}
        if words == {"none"}:
            return ()
        unknown = sorted(words - set(Severity))
        if unknown:
            known = ", ".join(Severity)
            self.fail(f"{unknown[0]!r} is none of {known}; or say none", param, ctx)
        return tuple(severity for severity in Severity if severity in words)


class ReportFile(click.ParamType[tuple[str, Path]]):
    """A format and the file that gets the report in it."""

    name = "FORMAT=FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        """Split at the first `=`."""
        if isinstance(value, tuple):
            return value
        form, _, file = str(value).partition("=")
        if form not in REPORT_FORMATS or not file:
            known = ", ".join(REPORT_FORMATS)
            self.fail(f"{value!r} is not FORMAT=FILE with one of the formats {known}", param, ctx)
        return form, Path(file)


class SpreadCommand(click.Command):
    """A command whose option `--files` takes all words up to the next option."""

    spread = "--files"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say the option again before each of its words."""
        return super().parse_args(ctx, _spread(args, self.spread))


def _spread(arguments: Sequence[str], option: str) -> list[str]:
    spread: list[str] = []
    inside = False
    for argument in arguments:
        if argument.startswith("-") and len(argument) > 1:
            inside = argument == option
            spread.append(argument)
        elif inside and spread[-1] != option:
            spread += [option, argument]
        else:
            spread.append(argument)
    return spread


def words(name: str, **options: Any) -> Callable[[Decorated], Decorated]:
    """An option that takes words with commas, and may be said again; a flat tuple."""

    def flatten(
        _context: click.Context, _parameter: click.Parameter, given: tuple[tuple[str, ...], ...]
    ) -> tuple[str, ...]:
        return tuple(word for group in given for word in group)

    return click.option(name, type=WordList(), multiple=True, callback=flatten, **options)


def written_reports() -> Callable[[Decorated], Decorated]:
    """`--write`: other formats of the same answer, the parameter `reports`."""
    return click.option(
        "--write",
        "reports",
        type=ReportFile(),
        multiple=True,
        help="Write the report in this format to FILE as well; repeatable.",
    )


def answer_format(formats: Sequence[str] = ("text", "json")) -> Callable[[Decorated], Decorated]:
    """`--format`: how the answer is written, the parameter `form`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help="How the answer is written.",
    )
