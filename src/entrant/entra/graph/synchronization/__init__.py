"""The synchronization API below a service principal (graph-surface 9.7, entra-client 21.2, 21.3)."""
