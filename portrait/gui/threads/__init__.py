"""Worker threads, and the message queue from them to the GUI thread."""
