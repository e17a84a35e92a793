// Other programs, run within limits.
