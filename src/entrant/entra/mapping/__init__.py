"""From the directory to the target: the synchronization schema, source attributes, expressions, filters, values.

All of it is pure: the clock and the source of randomness are arguments.
"""
