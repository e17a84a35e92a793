// Tests of jobs.
