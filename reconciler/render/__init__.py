"""Turning plans and reports into text; nothing here prints."""
