// Credit accounting and pricing.
