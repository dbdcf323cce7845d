"""Rules as data: the language, what it compiles to, and how its precision is measured."""
