"""The protocol, pure: no clock, no randomness, no input or output."""
