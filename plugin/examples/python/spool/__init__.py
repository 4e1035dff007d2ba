"""A subject that looks after a spool directory.

Programs leave files in DIRECTORY/incoming, a worker processes them one by one,
holds DIRECTORY/lock while it does, and moves what it cannot process to
DIRECTORY/failed. A file whose name begins with a dot is still being written and
is left alone.

The modules, from the wire inwards:

* main, handshake, lifeline, hclog: being a plugin's process
* service, wire, status: the gRPC service
* definition, config, documents: what is declared, and holding input to it
* subject: Observe and Act, put together of
  observe, judge, actions, ledger, waiting, files, names
"""
