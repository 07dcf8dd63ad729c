"""What fuzzers try: for each reader of text by others, what must hold whatever the text is."""
