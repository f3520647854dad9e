"""Pictures: typed numbers in, a matplotlib figure out, as SVG or PNG. Knows no store. An image never holds an identifier of anybody.

Import these modules only where a picture is drawn: matplotlib takes half a second.
"""
