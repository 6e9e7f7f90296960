"""Collections as rows: what a dict, a set and a list are in a database. All values are texts here."""
