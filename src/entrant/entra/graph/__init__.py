"""The Microsoft Graph API of the emulator: a function from `Request` to `Response` (product 7.7, docs/graph.md).

`handler.py` is the way in. `router.py` finds the operation that a request asks for; the operations of one kind of
resource are in a file of its name, each one a function from `Call` to `Answer`. `odata/` reads query options.
"""
