from portrait.app import main

if __name__ == "__main__":  # worker processes import it again
    raise SystemExit(main())
