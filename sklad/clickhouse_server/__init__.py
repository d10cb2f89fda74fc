"""ClickHouse's HTTP protocol over the in-process engine: what `make up` runs where there is no ClickHouse server.

Any HTTP client of ClickHouse works against it unmodified. The way of a request through the modules:

    app          ASGI: reads a bounded body, sends the answer, notices a client that leaves
    protocol     request -> Query (what to run, as whom, with which settings and parameters)
    users        name and password -> User (roles and profile, as the engine read them from its users files)
    guard        refuses what the engine can't refuse itself
    sessions,
    connections  a connection of the engine that has become that user
    execution    runs it in a thread and writes the answer into a `Channel`, chunk by chunk
"""
