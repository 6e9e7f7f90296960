"""What ``make bench`` measures: every row a ratio against a baseline that runs beside it."""
