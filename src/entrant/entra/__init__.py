"""An emulator of Microsoft Entra ID: its directory, its provisioning engine and its Graph API (product.md 7).

It works against any SCIM endpoint. Words are Entra's and Graph's. What is documented or observed of the real service
is in docs/parity.md, statement by statement.
"""
