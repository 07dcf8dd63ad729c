"""Talking to the API: bytes over HTTP, answers decoded, faults said in our words."""
