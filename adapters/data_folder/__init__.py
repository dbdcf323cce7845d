"""A folder of files in the format of docs/data-folder.md: read whole or refused, answered in files.

folder.py     which files a folder has, and what they come to: a `Batch`
stored.py     bytes as stored: hash, gzip, lines, limits
parsing.py    one JSON text against a model, and the reason where it does not fit
rows.py       rows of payments and settlements, to facts
repeats.py    rows whose id was there before
reference.py  merchants, calendar, exchange rates
values.py     days, instants, ids: what a field takes
cards.py      card numbers in free text, masked before anything is kept
results.py    matches and exceptions, written as files
"""

from adapters.data_folder.folder import read_folder
from adapters.data_folder.results import write_results

__all__ = ["read_folder", "write_results"]
