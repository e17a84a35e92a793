// Tests of retention.
