"""Other SCIM servers under the same requests: how much of the figures is the protocol, and how much is us (P8)."""
