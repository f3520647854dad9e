"""Letters of other alphabets that look like Latin ones, for whatever reads a text as a person would see it."""

LATIN = str.maketrans(
    "аеорсухіјѕԁһԛԝкмтвнАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανιρτυκγϲ",
    "aeopcyxijsdhqwkmtbhABEKMHOPCTYXIJSABEZHIKMNOPTYXoaviptukyc",
)
"""Cyrillic and Greek to Latin, letter for letter; for `str.translate`."""
