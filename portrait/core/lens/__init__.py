"""The lens: f-number, aperture, focus, and how far out of focus everything is."""
