"""The runtime without Docker: the same engines from locked packages, in the project's own folder, under supervisor."""
