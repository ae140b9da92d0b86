"""The OAuth 2.0 token endpoint of each workspace: client credentials for access to SCIM (RFC 6749 §4.4).

A client shows a secret of its connection, or an assertion signed by an issuer that the connection trusts (RFC 7523),
and gets an access token for the scope `scim`.
"""

from .server import OAuth

__all__ = ["OAuth"]
