"""Provisioning jobs: what can be done with them, what runs their cycles, and how requests reach the target."""
