"""Taking a company's santrals on: from lists and live settings to files."""
