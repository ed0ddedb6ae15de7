"""The command line `recollect`. It needs the extra `cli`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; without its extra, say in one line how to get it."""
    try:
        from recollect.cli.app import run
    except ModuleNotFoundError as exc:
        missing = (exc.name or "").partition(".")[0]
        if missing not in ("typer", "rich"):
            raise
        sys.exit(f'recollect: no module {missing!r}: the command line needs pip install "recollect[cli]"')
    sys.exit(run(sys.argv[1:]))
