"""What people read: pure functions from facts to documents and match states."""
