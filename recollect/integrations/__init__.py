"""Doors into other frameworks, one module each, imported by name."""
