"""How well memories are recalled: questions whose evidence is known, asked of what was remembered."""
