// Money, credits, ids, wall clock and pages.
