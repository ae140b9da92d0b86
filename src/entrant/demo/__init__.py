"""A conversation as Microsoft Entra ID holds it with a service provider, to watch and to check against."""
