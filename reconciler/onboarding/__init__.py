"""From santrals that are live to a file that asks for what they have."""
