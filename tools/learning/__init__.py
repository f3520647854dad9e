"""Learning from leads with an outcome: which columns may be used, what they foretell in order of time, where the threshold belongs.

Everything here needs the extra `learn`; commands import it when they run.
"""
