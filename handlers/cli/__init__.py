"""The command line.

entry.py      arguments to an exit code: every refusal becomes one line
app.py        the commands, and what all of them share
options.py    options that several commands have
screen.py     what is printed, on a terminal, into a pipe, as JSON
figures.py    numbers, amounts, shares and ages as people read them
progress.py   a bar, or lines, on long work
…             one file a command
"""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit."""
    import sys

    from handlers.cli.entry import run

    sys.exit(run(sys.argv[1:]))
