"""Many santrals at a time: scheduling, waiting and trying again, reading a fleet."""
