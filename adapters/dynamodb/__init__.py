"""The store on DynamoDB: one item a commit, one total order in log pages.

A persistence module of the eventsourcing library: `PERSISTENCE_MODULE=adapters.dynamodb`.

    items         what lies in the tables, and how it is written and read
    tables        their definition, by code and as a template
    sizes         what an item weighs and costs
    calls         what a failed call means, and whether a write was ours
    reading       streams by key, the log by position
    appending     commits without a gap, numbered inline or later
    facts         our own fact store on top of it, keys beside it
    copying       the same as an end of a copy
    recorders     the library's recorders; tracking, subscription, factory beside them
"""

from adapters.dynamodb.factory import Factory

__all__ = ["Factory"]
