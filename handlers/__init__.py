"""Every edge: whatever a person or a machine calls."""
