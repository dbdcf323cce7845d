"""Read models in OpenSearch: the same documents, rows and answers as in the embedded store.

calls       HTTP: what is tried again, what a failure means
indices     what lies in them, made from the table of fields; generations and their aliases
bulk        many documents at once: items tried again by themselves, refused ones parked
steps       from one position to the next, all of it or nothing, each once
views       documents: a ViewStore for the projector
queries     lists: a QueryStore
positions   sums by day
rebuilding  a generation beside the live one, compared, and put in its place
access      who may read which indices
"""
