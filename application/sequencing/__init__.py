"""One order for commits that were written without one: lanes of contiguous pages.

    writers ──put──▶ commits ──stream of records──▶ Sequencer ──▶ pages ──▶ LogReader ──▶ consumers
       │                                                ▲
       └──announce──▶ announcements ──▶ GapScan ────────┘   (what the stream of records lost)

A writer puts its commit under one condition and is done. The sequencer is told of commits in any
order, repeated, by several at once; it gives each fact its position, once. Nothing here knows a
technology: docs/sequencing.md says what each port promises.
"""
