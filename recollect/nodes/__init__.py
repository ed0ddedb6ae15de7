"""The steps of the graph: pure generators over the state."""
