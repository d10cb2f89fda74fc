"""The package that operates Sklad: command line, settings, clients, the embedded runtime."""
