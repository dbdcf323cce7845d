"""Use cases over ports: commands, policies, projecting and queries."""
