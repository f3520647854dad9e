"""Invented people, numbers, dates and places for the slots of a frame: every value from one seeded stream."""

import random
import re
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "policies" / "phi" / "data"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
ACCENTS = {
    "a": "áàäåã",
    "e": "éèêë",
    "i": "íïî",
    "o": "óöøô",
    "u": "úüû",
    "n": "ñń",
    "c": "çč",
    "s": "š",
    "z": "ž",
    "y": "ý",
    "O": "ÓÖØ",
    "A": "ÁÅ",
}
STATE_NAMES = (
    "Georgia",
    "Virginia",
    "Carolina",
    "Dakota",
    "Montana",
    "Chelsea",
    "Paris",
    "Sydney",
    "Austin",
    "Brooklyn",
    "Savannah",
    "Florence",
)
AS_WRITTEN = 0.25  # of the names that a read set gives, the rest are drawn anew

LABELS = {
    **dict.fromkeys(("NAME", "FIRST", "LAST", "FULL", "LASTFIRST", "INITIALS", "NICK", "WORDNAME"), "NAME"),
    **dict.fromkeys(("DOB", "DATE", "MONTHDAY", "RELDATE", "WEEKDAY"), "DATE"),
    **dict.fromkeys(("CITY", "CITYSTATE", "STREET", "ADDRESS", "ZIP", "COUNTY", "HOSPITAL"), "LOCATION"),
    **{
        "PHONE": "PHONE",
        "FAX": "FAX",
        "EMAIL": "EMAIL",
        "SSN": "SSN",
        "MRN": "MRN",
        "PLAN": "HEALTH_PLAN_ID",
        "ACCOUNT": "ACCOUNT",
        "CARD": "ACCOUNT",
    },
    **{"HANDLE": "OTHER_ID", "CODE": "OTHER_ID", "OLDAGE": "AGE_OVER_89"},
}


def lines_of(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


class People:
    """Draws every slot's value from one random stream."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        flags = [line.split(" ") for line in lines_of("names.txt")]
        self.given = [name for name, marks in flags if "F" in marks]
        self.given_words = [name for name, marks in flags if "f" in marks]
        self.surnames = [name for name, marks in flags if "L" in marks]
        self.surname_words = [name for name, marks in flags if "l" in marks]
        self.rare = [name for line in lines_of("names_rare.txt") for name in line.split()]
        places = [name for line in lines_of("places.txt") for name in line.split("|")]
        self.cities = [name.rstrip("*") for name in places]
        self.big_cities = [name.rstrip("*") for line in lines_of("cities_core.txt") for name in line.split("|")]
        fillers = [
            line.partition(": ") for line in (HERE / "fillers.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
        ]
        self.fillers = {slot: values.split("|") for slot, _, values in fillers}
        self.slots: dict[str, Callable[[], str]] = {
            name.removeprefix("_slot_").upper(): getattr(self, name) for name in dir(self) if name.startswith("_slot_")
        }

    def value(self, slot: str) -> str:
        if slot in self.fillers:
            return self.draw.choice(self.fillers[slot])
        value = self.slots[slot]()
        return value.upper() if LABELS.get(slot) == "NAME" and self.draw.random() < 0.03 else value

    def written(self, slot: str, value: str | None) -> str:
        """A value of `slot`; one that stands in the place of `value`, in its case."""
        if value is None:
            return self.value(slot)
        if self.draw.random() < AS_WRITTEN:
            return value
        drawn = self.value(slot)
        return drawn.lower() if value.islower() else drawn.upper() if value.isupper() and len(value) > 2 else drawn

    def pick(self, *choices: str) -> str:
        return self.draw.choice(choices)

    def digits(self, pattern: str) -> str:
        """`#` a digit, `?` a capital letter."""
        drawn = {"#": "0123456789", "?": "ABCDEFGHJKLMNPRSTUVWXYZ"}
        return "".join(self.draw.choice(drawn[mark]) if mark in drawn else mark for mark in pattern)

    # names
    def accented(self, name: str) -> str:
        """Now and then with the accents that the lists have folded away."""
        if self.draw.random() > 0.06:
            return name
        at = [index for index, letter in enumerate(name) if letter in ACCENTS]
        if not at:
            return name
        index = self.draw.choice(at)
        return name[:index] + self.draw.choice(ACCENTS[name[index]]) + name[index + 1 :]

    def _slot_first(self) -> str:
        roll = self.draw.random()
        if roll < 0.02:
            return self.pick(*STATE_NAMES)
        return self.accented(self.draw.choice(self.given if roll < 0.68 else self.given_words if roll < 0.82 else self.rare).title())

    _slot_nick = _slot_first

    def _slot_wordname(self) -> str:
        """A given name or a surname that is also a word."""
        return self.draw.choice(self.given_words if self.draw.random() < 0.8 else self.surname_words).title()

    def _slot_eponym(self) -> str:
        """A surname as the name of a sign, a test or a disease: no person."""
        return self.draw.choice(self.surnames if self.draw.random() < 0.35 else self.rare).title()

    def _slot_trial(self) -> str:
        return self.draw.choice(self.given if self.draw.random() < 0.6 else self.rare).upper()

    def _slot_newdrug(self) -> str:
        """A drug, brand or device that no list knows."""
        starts = (
            "Ze",
            "Vy",
            "Lu",
            "Xe",
            "Tro",
            "Bri",
            "Ka",
            "Qu",
            "Ry",
            "Sy",
            "Ev",
            "Ol",
            "Do",
            "Ni",
            "Ja",
            "Cu",
            "Fa",
            "Ime",
            "Opa",
            "Rel",
        )
        middles = ("lo", "mi", "ra", "vi", "bre", "ta", "zu", "po", "ne", "xa", "du", "li", "pre", "ga")
        ends = ("ra", "vo", "qi", "tis", "ma", "zy", "nex", "lim", "sta", "vance", "gra", "dyne", "kel", "ta", "flex", "sil", "max", "gen")
        return self.pick(*starts) + "".join(self.pick(*middles) for _ in range(self.draw.randrange(2))) + self.pick(*ends)

    def _slot_last(self) -> str:
        roll = self.draw.random()
        name = self.draw.choice(self.surnames if roll < 0.55 else self.surname_words if roll < 0.68 else self.rare).title()
        name = self.accented(name)
        roll = self.draw.random()
        if roll < 0.03:
            return f"{name}-{self.draw.choice(self.surnames).title()}"
        if roll < 0.06:
            return f"{self.pick('de la', 'de', 'van', 'van der', 'von', 'del', 'al', 'bin', 'dos')} {name}"
        if roll < 0.08:
            return f"{self.pick('O', 'D')}'{name}"
        return f"Mc{name}" if roll < 0.09 else name

    def _slot_full(self) -> str:
        roll = self.draw.random()
        first, last = self._slot_first(), self._slot_last()
        if roll < 0.08:
            return f"{first} {self.digits('?')}. {last}"
        if roll < 0.12:
            return f"{first} {self._slot_first()} {last}"
        if roll < 0.15:
            return f"{first} {last} {self._slot_last()}"
        return f"{first} {last}" + (self.pick(" Jr.", " III") if roll > 0.985 else "")

    def _slot_lastfirst(self) -> str:
        return f"{self._slot_last()}, {self._slot_first()}"

    def _slot_initials(self) -> str:
        return self.digits(self.pick("?.?.", "?.?.", "?.?", "?. ?.", "??"))

    def _slot_name(self) -> str:
        roll = self.draw.random()
        if roll < 0.5:
            return self._slot_full()
        if roll < 0.78:
            return self._slot_first()
        if roll < 0.88:
            return self._slot_last()
        return f"{self._slot_first()} {self.digits('?')}{self.pick('.', '.', '')}"

    # time
    def _day(self) -> tuple[int, int, int]:
        return self.draw.randint(1930, 2026), self.draw.randint(1, 12), self.draw.randint(1, 28)

    def _slot_date(self) -> str:
        year, month, day = self._day()
        name, short = MONTHS[month - 1], year % 100
        numeric = (
            *(f"{month}/{day}/{year}", f"{month:02}/{day:02}/{year}", f"{month}/{day}/{short:02}", f"{month}-{day}-{short:02}"),
            *(
                f"{year}-{month:02}-{day:02}",
                f"{day}.{month}.{year}",
                f"{month:02}.{day:02}.{short:02}",
                f"{year}-{month:02}-{day:02}T09:30:00Z",
            ),
        )
        worded = (
            *(f"{name} {day}, {year}", f"{name[:3]} {day} {year}", f"{day} {name} {year}", f"{name} {day}", f"{name[:3]} {day}"),
            *(f"{day} {name[:3]} '{short:02}", f"the {day}th of {name}", f"{name} {year}"),
        )
        return self.pick(*numeric, *worded)

    _slot_dob = _slot_date

    def _slot_monthday(self) -> str:
        _, month, day = self._day()
        name = MONTHS[month - 1]
        return self.pick(f"{name} {day}", f"{name[:3]} {day}", f"{month}/{day}", f"{name} {day}th", f"the {day}th")

    def _slot_reldate(self) -> str:
        recent = ("yesterday", "last tuesday", "last Friday", "this past Monday", "last month", "last december")
        return self.pick(*recent, "two weeks ago", "3 days ago", "a week ago")

    def _slot_weekday(self) -> str:
        return self.pick("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

    def _slot_age(self) -> str:
        return str(self.draw.randint(1, 89))

    def _slot_oldage(self) -> str:
        return str(self.draw.randint(90, 104))

    # places
    def _slot_city(self) -> str:
        return self.draw.choice(self.big_cities if self.draw.random() < 0.5 else self.cities).title()

    def _slot_citystate(self) -> str:
        return f"{self._slot_city()}{self.pick(', ', ', ', ' ')}{self.draw.choice(self.fillers['STATE'])}"

    def _slot_street(self) -> str:
        name = self.draw.choice(
            (self._slot_last, self._slot_city, lambda: self.pick("Oak", "Maple", "Elm", "Main", "2nd", "Cedar", "Lake Shore", "MLK"))
        )()
        kind = self.pick(
            "St", "Street", "Ave", "Avenue", "Rd", "Road", "Lane", "Ln", "Dr", "Drive", "Blvd", "Court", "Ct", "Way", "Pl", "Terrace", "Cir"
        )
        unit = self.pick("", "", "", " Apt 4B", ", Apt 12", " #7", ", Unit 210", " Ste 300")
        return f"{self.draw.randint(1, 9999)} {self.pick('', '', 'N ', 'West ', 'S. ')}{name} {kind}{unit}"

    def _slot_zip(self) -> str:
        return self.digits(self.pick("#####", "#####", "#####-####"))

    def _slot_address(self) -> str:
        return f"{self._slot_street()}, {self._slot_city()}, {self.pick('TX', 'FL', 'CA', 'OH', 'IL', 'NY', 'WA')} {self._slot_zip()}"

    def _slot_county(self) -> str:
        return f"{self._slot_city()} County"

    # numbers
    def _slot_phone(self) -> str:
        area, tail = self.draw.randint(201, 989), f"01{self.draw.randrange(100):02}"
        return self.pick(
            *(
                f"({area}) 555-{tail}",
                f"{area}-555-{tail}",
                f"{area}.555.{tail}",
                f"{area} 555 {tail}",
                f"{area}555{tail}",
                f"+1 {area} 555 {tail}",
            ),
            *(f"+1-{area}-555-{tail}", f"1-{area}-555-{tail}", f"555-{tail}", f"({area})555-{tail}", f"{area}-555-{tail} ext. 12"),
        )

    _slot_fax = _slot_phone

    def _slot_email(self) -> str:
        first, last = re.sub("[^a-z]", "", self._slot_first().lower()), re.sub("[^a-z]", "", self._slot_last().lower())
        local = self.pick(
            f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}{self.draw.randrange(100)}", f"{first}_{last}", f"{last}.{first}+x"
        )
        host = self.pick("example.com", "example.org", "example.net", "mail.example.com")
        plain = f"{local}@{host}"
        return self.pick(
            plain, plain, plain, plain, plain.replace("@", "%40"), f"{first} dot {last} at example dot com", plain.replace("@", " (at) ")
        )

    def _slot_ssn(self) -> str:
        number = f"{self.draw.randint(100, 665)}-{self.draw.randint(10, 99)}-{self.draw.randint(1000, 9999)}"
        return self.pick(number, number, number.replace("-", " "), number.replace("-", ""))

    def _slot_mrn(self) -> str:
        return self.digits(self.pick("########", "######", "#######", "?-#####", "MR######", "###-##-##", "??######"))

    def _slot_plan(self) -> str:
        return self.digits(self.pick("W#########", "???#########", "H####-###", "1EG4-TE5-MK7#", "##########", "XYZ######"))

    def _slot_account(self) -> str:
        return self.digits(self.pick("######", "A-######", "########", "INV-#####", "####-####"))

    def _slot_card(self) -> str:
        return self.pick("4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "3400 0000 0000 009", "6011000000000004")

    def _slot_license(self) -> str:
        return self.digits(self.pick("?#######", "?###-####-####", "C########", "?######", "1######893"))

    def _slot_plate(self) -> str:
        return self.digits(self.pick("?#?-##?#", "???-####", "#???###", "??? ####"))

    def _slot_vin(self) -> str:
        return self.pick("1HGCM82633A004352", "1M8GDM9AXKP042788", "5YJSA1E26HF000337")

    def _slot_device(self) -> str:
        return self.digits(self.pick("SN-######", "PM-####", "##:1B:44:11:3A:B7", "49015420323751#", "?##-####-??"))

    def _slot_ip(self) -> str:
        return self.pick("203.0.113.", "198.51.100.", "192.0.2.") + str(self.draw.randint(1, 254))

    def _slot_url(self) -> str:
        name = (
            re.sub("[^a-z]", "", self._slot_first().lower())
            + self.pick("", ".", "_", "-")
            + re.sub("[^a-z]", "", self._slot_last().lower())
        )
        number = self.digits("#####")
        return self.pick(
            f"facebook.com/{name}",
            f"https://www.instagram.com/{name}/",
            f"https://portal.example.com/patients/{number}",
            f"https://{name}.example.com",
            f"www.linkedin.com/in/{name}-{number}",
            f"https://portal.example.com/visit?pid={number}",
        )

    def _slot_photo(self) -> str:
        name, what = self._slot_last().lower().replace(" ", ""), self.pick("xray", "knee", "smile", "IMG")
        return f"{name}_{what}_{self.digits('###')}.{self.pick('jpg', 'png', 'heic')}"

    def _slot_handle(self) -> str:
        return f"@{re.sub('[^a-z]', '', self._slot_first().lower())}_{self.digits('##')}"

    def _slot_code(self) -> str:
        return self.digits(self.pick("??####", "QX7L9#", "#######", "REF-#####", "?#?#?#"))
