"""What ``init`` gives a repository to start from, and putting it there without harm."""
