"""The edge out: claim what is due, keep the pace, send, and record what became of it."""
