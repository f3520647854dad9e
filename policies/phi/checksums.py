"""Does this number keep the rules of its kind? Check digits and ranges only; finding candidates is done by `identifiers.py`."""

_VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def digits_of(text: str) -> str:
    return "".join(char for char in text if "0" <= char <= "9")


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 check digit, of payment cards and IMEIs."""
    odd = sum(int(digit) for digit in digits[-1::-2])
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def npi(digits: str) -> bool:
    """Luhn over the prefix 80840 and the ten digits (45 CFR 162.406)."""
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)


def ssn(digits: str) -> bool:
    """Issued ranges: area 001-899 but 666, group and serial not zero; 9xx with a middle 50-99 is an ITIN and as identifying."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if group == "00" or serial == "0000" or area in ("000", "666"):
        return False
    return area < "900" or group >= "50"


def vin(text: str) -> bool:
    """49 CFR 565.15 check digit."""
    text = text.upper()
    total = sum(_VIN_VALUES.get(char, 0) * weight for char, weight in zip(text, _VIN_WEIGHTS, strict=True))
    return text[8] == "0123456789X"[total % 11]


def iban(text: str) -> bool:
    """ISO 13616 mod 97."""
    text = text.replace(" ", "").upper()
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def nanp(digits: str) -> bool:
    """A North American number: area and exchange start 2-9. Fictional 555 exchanges count: a scrubber cannot know."""
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return len(digits) == 10 and digits[0] >= "2" and digits[3] >= "2"
