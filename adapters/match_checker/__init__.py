"""Checks matches from the data and their proofs alone, without the engine that made them.

    python -m adapters.match_checker DATA_DIR OUT_DIR       exit code 1 where a match does not hold

The standard library and nothing of ours: an auditor can read it, copy the folder and run it. Every
match is worked out once more from the rules (X, E, R, F, U, L), by another hand. Stages are levels:
1 identity, 2 sets and payouts, 3 payer, 4 merchant, 5 sums, 6 returns. What a match says is taken
must be taken at a lower level, so that no two matches excuse each other.
"""
