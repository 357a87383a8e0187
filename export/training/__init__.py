"""Training of a network: loop, losses, checkpoints, teachers, recipes."""
