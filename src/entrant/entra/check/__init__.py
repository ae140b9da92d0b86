"""`entrant check`: the emulator's flows, Microsoft's gallery checks and profiles of SCIM, run against any endpoint."""
