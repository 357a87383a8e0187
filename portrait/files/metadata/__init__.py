"""What a photo says of itself: EXIF, IPTC, XMP, texts."""
