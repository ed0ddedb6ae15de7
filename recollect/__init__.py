"""Long-term memory for LangGraph agents: nothing lost, nothing twice, every change explained and reversible."""
