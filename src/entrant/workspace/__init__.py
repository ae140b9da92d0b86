"""The product as values and pure rules."""
