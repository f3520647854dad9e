"""Every detector by name. Catalogue rules name them (`detect.detectors`, `detect.suspects`); the catalogue stays the only list of rules."""

from policies.rules.detectors.detector import Detector

DETECTORS: dict[str, Detector] = {}
