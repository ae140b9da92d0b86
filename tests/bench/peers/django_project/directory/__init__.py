"""The directory of the project: its users and groups, and who may see them."""
