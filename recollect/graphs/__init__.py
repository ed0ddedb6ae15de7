"""Graphs over the nodes."""
