"""Pure rules: no await, no SQL, no clock (functions take `now`)."""
