"""A load that goes on while everything beneath it is restarted; see docs/reliability.md."""
