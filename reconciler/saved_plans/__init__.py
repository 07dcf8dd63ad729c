"""Saved plans: a claim that apply compares a plan of its own with, never a source of values."""
