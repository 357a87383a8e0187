import sys

from portrait.app import main

if __name__ == "__main__":  # worker processes import it again
    if getattr(sys, "frozen", False):  # in a bundle they are this program itself, told by its words
        import multiprocessing

        multiprocessing.freeze_support()
    raise SystemExit(main())
