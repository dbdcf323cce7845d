"""Statement and settlement files of banks, acquirers and processors: one file a format."""
