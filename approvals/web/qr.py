"""A QR code as SVG that a strict page may hold: shapes and attributes, no style."""

import io

from markupsafe import Markup


def drawn(text: str) -> Markup:
    """`text` as an inline SVG, black on white whatever the page's colours: cameras read nothing else as surely."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        nl=False,
        omitsize=True,
        border=4,
        svgclass="qr",
        lineclass=None,
        light="#fff",
        title="QR code",
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn by segno from our own address; no text of a user is in it
