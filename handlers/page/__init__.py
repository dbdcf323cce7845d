"""The report as one page: a file for a browser, for paper, and for people who cannot see plots.

    page.py      the page, from top to bottom, and writing it     write_page, page
    content.py   what it shows, read once at one position
    heading.py   the figures at first glance
    plots.py     the plots, as SVG; bars.py days.py svg.py below them
    tables.py    what is open, and why
    books.py     the bank reconciliation statements
    numbers.py   counts, amounts and days in a language
    markup.py    elements: whatever is not markup already is escaped
    trial.py     a page of its own: what a rule set would have done
    words*.py    the words, in English and Spanish
    style.css    how it looks: light and dark, wide, narrow and printed

The page needs no network and no script. Equal read models give equal bytes.
"""

from handlers.page.page import page_of, write_page
from handlers.page.plots import plots

__all__ = ["page_of", "plots", "write_page"]
