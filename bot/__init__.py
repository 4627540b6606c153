"""Minipublic: a chat bot through which citizens take part in deliberative processes."""
