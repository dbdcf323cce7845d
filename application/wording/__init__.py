"""Words for people, in Spanish and English.

phrases.py     what a language has to have words for
es.py, en.py   the words: data, no logic
explained.py   explanations as sentences
suggested.py   suggestions as sentences
changes.py     facts and states as one line each
"""
