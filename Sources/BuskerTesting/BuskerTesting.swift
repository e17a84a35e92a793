// Doubles of the world outside, over real sockets.
