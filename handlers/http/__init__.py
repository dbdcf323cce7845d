"""The HTTP interface: the same routes on two edges.

They are Lambda's (handlers/queries.py) and our own server's (handlers/server.py).

asked.py      a request, as an edge hands it over
answers.py    an answer: bytes, its tag, its headers
problems.py   every error that is answered, in one table (RFC 9457), in two languages
resolver.py   Powertools' resolver, safe among threads, with the answers that it lacks
reading.py    what each address answers
routes.py     what is asked where
served.py     what the routes read from
shapes.py     the forms of answers, of which the document is made
document.py   docs/openapi.json (OpenAPI 3.1), from the routes and the shapes
"""
