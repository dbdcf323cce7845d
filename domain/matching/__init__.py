"""Pairing payments with settlements: a match is posted when nothing else is possible, never because it looks best."""
