"""The web edge: bytes to requests, answers to bytes, with limits. The only asynchronous code of the project."""
