"""Load, decide, commit, act: what the functions do, over ports only."""
