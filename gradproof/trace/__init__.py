"""Run somebody's code as it is, with values that write down how they came about."""
