// The whole service: rooms that work together.
