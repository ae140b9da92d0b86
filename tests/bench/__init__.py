"""`make bench`: the real server beside an empty handler and the same SQL run bare, in one run and one table."""
