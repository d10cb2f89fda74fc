"""What each system goes through, one file a phase. Each returns raw results; figures.py reads them."""
