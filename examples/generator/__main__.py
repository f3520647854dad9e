"""`python -m examples.generator [DIRECTORY]`: writes every export, by default into the sample practice, and the list of planted canaries."""

import argparse
import json
import shutil
from pathlib import Path

from examples.generator import listings, mail, search, video, web
from examples.generator.canaries import canaries
from examples.generator.world import PRACTICE_DIRECTORY, write_text

CANARY_LIST = PRACTICE_DIRECTORY.parent.parent / "tests" / "canaries.json"


def generate(directory: Path) -> None:
    """Replace `directory`/exports by freshly made exports, byte for byte the same on every run."""
    exports = directory / "exports"
    if exports.exists():
        shutil.rmtree(exports)
    search.write_console(exports / "search")
    search.write_ads(exports / "search")
    web.write(exports / "web")
    listings.write_healthgrades(exports / "listings")
    listings.write_webmd(exports / "listings")
    listings.write_zocdoc(exports / "listings")
    listings.write_google(exports / "listings")
    listings.write_stats(exports / "listings")
    mail.write_events(exports / "email")
    mail.write_replies(exports / "email" / "replies")
    video.write_videos(exports / "youtube")
    video.write_comments(exports / "youtube")
    video.write_analytics(exports / "youtube")


def canary_list() -> str:
    """The planted values as the JSON that tests/canaries.json holds."""
    return "[\n" + ",\n".join(json.dumps(canary._asdict(), ensure_ascii=False) for canary in canaries()) + "\n]\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.generator", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=PRACTICE_DIRECTORY)
    directory: Path = parser.parse_args().directory
    generate(directory)
    if directory == PRACTICE_DIRECTORY:
        write_text(CANARY_LIST, canary_list())
    files = [path for path in (directory / "exports").rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB in {directory / 'exports'}")


if __name__ == "__main__":
    main()
