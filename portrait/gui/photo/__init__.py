"""The Photo page, its worker, and the requests and answers between them."""
