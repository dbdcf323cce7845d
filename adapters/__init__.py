"""The outside world, one technology a file, each behind a port of the application."""
