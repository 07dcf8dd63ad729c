"""``init`` on a terminal: from a key to files, and to a first plan, by questions.

What is answered is collected first, as values; nothing is written before the last question.
"""
