"""The floor above all others: what is public, where diagnoses are attached and records printed."""
