"""What the numbers of an image file mean as colours: profiles, transfer curves, descriptions."""
