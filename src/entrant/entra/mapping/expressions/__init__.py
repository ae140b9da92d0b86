"""The language of attribute mappings: `Switch([IsSoftDeleted], , "False", "True", "True", "False")` (entra-client §18).

`nodes.py` has the values that a text becomes, `parser.py` makes them, `evaluate.py` finds what they come to.
"""
