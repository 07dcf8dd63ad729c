"""What ``doctor`` found out, in every format."""
