// The transport a host lends, and when to try again.
