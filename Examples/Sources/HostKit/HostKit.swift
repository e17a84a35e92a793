// Routes shared by the hosts, on Hummingbird.
