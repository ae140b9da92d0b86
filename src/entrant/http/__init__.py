"""HTTP/1.1 as both servers speak it, with bounds on what a client may send, how slowly, and over how many connections.

The service's server and the emulator's are strangers to each other; this is what they share beneath.
"""
