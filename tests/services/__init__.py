"""The servers that the live tests talk to: `python -m tests.services up|down|status [name …]`."""
