"""What other tools make of the same data, by the recipes that people usually write with them.

They run in an environment of their own (requirements-peers.lock, `make bench-matching`), so nothing
here imports the project, and the project imports nothing of these packages.
"""
