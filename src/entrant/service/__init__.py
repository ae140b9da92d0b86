"""What can be done to a workspace; each function is one transaction."""
