"""The way in to drawing: imports matplotlib when the first picture is asked for, with its files kept inside the home."""

from pathlib import Path
from types import ModuleType

from tools.settings import keep_plotting_files


def renderer(home: Path) -> ModuleType:
    """`tools.charts.render`, ready to draw."""
    keep_plotting_files(home)
    from tools.charts import render

    return render
