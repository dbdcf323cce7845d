"""What is true of payments and settlements: facts, state and decisions, pure."""
