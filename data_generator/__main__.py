"""`python -m data_generator`."""

from data_generator.cli import main

main()
