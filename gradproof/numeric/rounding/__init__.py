"""How many digits a function loses, measured nearby and in wider precision."""
