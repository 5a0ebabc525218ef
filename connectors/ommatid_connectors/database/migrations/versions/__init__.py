"""One file per revision, in the order of their numbers. A published one is never changed."""
