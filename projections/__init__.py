"""What people read: pure functions from facts to documents.

    facts ─▶ PROJECTIONS ─▶ documents ─▶ SELECTIONS, TOTALS ─▶ documents

catalogue.py names all of them. The kinds and their laws stand in document.py, what each model holds
in its own module and in docs/read-models.md.
"""
