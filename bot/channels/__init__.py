"""The messaging platforms: each folder is the only home of its platform's SDK."""
