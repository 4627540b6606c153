"""A deliberation as a folder of files: read it, check it, and say every fault at once."""
