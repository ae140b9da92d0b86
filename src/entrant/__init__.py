"""Entrant: SCIM 2.0 provisioning of workspaces, and an emulator of Microsoft Entra ID's side of it."""
