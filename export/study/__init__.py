"""A comparison of the networks from FCN to DeepLabV3+, trained alike: figures, pictures and a page that tells them."""
