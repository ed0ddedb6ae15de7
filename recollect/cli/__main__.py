"""`python -m recollect.cli` is `recollect`."""

from recollect.cli import main

main()
