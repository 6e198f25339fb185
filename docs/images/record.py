"""Record a real run in a terminal as an SVG: `python docs/images/record.py > run.svg`."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 100


def main() -> None:
    """Run the pipeline over the example in a terminal, and print a picture of it as SVG."""
    os.environ |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    command = [str(Path(sys.executable).parent / "pipeline-mcp"), "run", "examples/shop", "--quiet"]
    said = io.BytesIO()

    def read(descriptor: int) -> bytes:
        chunk = os.read(descriptor, 4096)
        said.write(chunk)
        return chunk

    sys.stdout.flush()
    silent = os.open(os.devnull, os.O_WRONLY)
    shown = os.dup(1)
    os.dup2(silent, 1)
    pty.spawn(command, read)
    os.dup2(shown, 1)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ pipeline-mcp run examples/shop", "bold"))
    console.print(Text.from_ansi(said.getvalue().decode().replace("\r\n", "\n")))
    picture = console.export_svg(title="pipeline-mcp")
    # The picture must not fetch fonts from elsewhere: the reader's own monospace will do.
    sys.stdout.write(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL))


main()
