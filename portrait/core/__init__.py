"""Pure image mathematics: numpy in, numpy out. No files, clocks, threads, Qt or onnxruntime."""
