import multiprocessing

from portrait.app import main

if __name__ == "__main__":  # worker processes import it again
    multiprocessing.freeze_support()  # in a bundle they start this program again, with words for multiprocessing
    raise SystemExit(main())
