"""Every detector by name. Catalogue rules name them (`detect.detectors`, `detect.suspects`); the catalogue stays the only list of rules."""

from policies.rules.detectors import (
    claims,
    credentials,
    drugs,
    identifiers,
    messages,
    offers,
    pages,
    patients,
    persons,
    records,
    referrals,
    reviews,
)
from policies.rules.detectors.detector import Detector

DETECTORS: dict[str, Detector] = {
    detector.name: detector
    for module in (patients, claims, reviews, messages, offers, referrals, drugs, credentials, persons, identifiers, pages, records)
    for detector in module.DETECTORS
}
