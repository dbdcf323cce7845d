"""Suggestions (stage 7, class S): what an open line may pay. Nothing is posted.

model.py       a suggestion
likeness.py    how alike names and numbers are
pool.py        the open payments that are worth a look for a line, a bounded number
groups.py      payments that may be paid together
sums.py        exact sums of few payments
evidence.py    what speaks for and against a payment, or payments together
weights.py     what each piece of evidence weighs: measured, in whole numbers, with its version
suggesting.py  the five likeliest for each line, and for each payment
"""
