"""The query options of OData 4.0, as far as Microsoft Graph has them (graph-surface 9.2)."""
