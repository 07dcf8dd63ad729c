"""From the files a user names to the fleet they describe, or to every problem in them."""
