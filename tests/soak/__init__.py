"""`make soak`: the whole system for half an hour at a set rate with random faults, and what has to hold at the end."""
