"""The command line of training and export: ``python -m export COMMAND``, one module a command."""
