"""`python -m sklad`: the command line."""

from sklad.cli import main

if __name__ == "__main__":
    main()
