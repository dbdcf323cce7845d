"""Pairing payments with settlements.

A match is posted when nothing else is possible, never because it looks best.
"""
