"""Makes the sample practice's exports: seeded, no wall clock, byte for byte the same each time. Refuses to hold real people or places."""
