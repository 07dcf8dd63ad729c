"""Whether keys are good, and whether the servers at notification URLs take what is sent there."""
