"""The story that `make demo` tells: a company, emulated as Entra ID, provisions its people into a workspace."""
