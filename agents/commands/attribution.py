"""`liaison attribution`: credit per channel from a CSV of paths, all seven models side by side. Needs no practice and no database."""

import csv
import json
from pathlib import Path
from typing import TextIO

from policies.leads.attribution import AttributionModel, attribute
from policies.leads.attribution import Path as TouchPath

COLUMNS = ("path", "conversions", "nulls")
SEPARATOR = ">"


def attribution(paths_file: Path, *, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """Print the credit of every channel under every model; `as_json`: {"conversions", "credit": {model: {channel: conversions}}}.

    The file has the columns path (channels joined by ">"), conversions and nulls (may be missing). Exit code 1 if it cannot be used.
    """
    try:
        paths = _read(paths_file)
        credit = {model.value: attribute(paths, model) for model in AttributionModel}
    except OSError as error:
        print(f"{paths_file} cannot be read ({error.strerror}): name a CSV file with the columns {', '.join(COLUMNS)}", file=stderr)
        return 1
    except (ValueError, csv.Error) as error:
        print(f"{paths_file}: {error}", file=stderr)
        return 1
    conversions = sum(path.conversions for path in paths)
    if as_json:
        print(json.dumps({"conversions": conversions, "credit": credit}, ensure_ascii=False), file=stdout)
    else:
        _table(credit, stdout)
    return 0


def _read(file: Path) -> list[TouchPath]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text: save it as CSV UTF-8") from None
    reader = csv.DictReader(text.splitlines())
    if missing := [name for name in COLUMNS[:2] if name not in (reader.fieldnames or ())]:
        raise ValueError(f"column {missing[0]} is missing: the first line must be {','.join(COLUMNS)}")
    return [_path(row, reader.line_num) for row in reader]


def _path(row: dict[str, str | None], line: int) -> TouchPath:
    touches = tuple(touch.strip() for touch in (row["path"] or "").split(SEPARATOR))
    try:
        path = TouchPath(touches, float(row["conversions"] or 0), float(row.get("nulls") or 0))
    except ValueError:
        raise ValueError(f"line {line}: conversions and nulls must be numbers") from None
    try:
        attribute([path], AttributionModel.FIRST)
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from None
    return path


def _table(credit: dict[str, dict[str, float]], stdout: TextIO) -> None:
    models = list(credit)
    channels = list(credit[models[0]])
    width = max([len("channel"), *map(len, channels)])
    print("  ".join([f"{'channel':<{width}}", *(f"{model:>10}" for model in models)]), file=stdout)
    for channel in channels:
        print("  ".join([f"{channel:<{width}}", *(f"{credit[model][channel]:>10.4f}" for model in models)]), file=stdout)
