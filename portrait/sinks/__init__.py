"""Where live frames go besides the window: a virtual camera, or a stream of raw video."""
