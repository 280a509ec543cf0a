"""The case lists, one file per family; each has cases(), a generator of Case."""
