"""What the pictures show, as records of numbers: one query per picture, both engines. Clean tables only, reads only; draws nothing."""
