"""The command line, one module for each command. Heavy modules are imported when a command runs, to keep help fast."""
