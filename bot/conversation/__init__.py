"""What a channel hears and says, and the turn between: neutral of any channel and of SQL."""
