"""Bigger recognisers of identifiers, when the practice has the weights: `recognisers:` in practice.yaml names factories as `module:function`.

A factory takes nothing and returns `text -> (start, end, label)s`. What it finds is added to the built-in finders' hits, never put in their
place; when it fails, the text is withheld. Factories for Presidio come with the `[ner]` extra.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policies.phi.scrub import Recogniser
from policies.records import Label
from tools.errors import SettingsError

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

# Presidio's entity -> our label. Its dates, places and numbers without an owner stay out: ours are judged in their context.
PRESIDIO_LABELS = {
    "PERSON": Label.NAME,
    "LOCATION": Label.LOCATION,
    "EMAIL_ADDRESS": Label.EMAIL,
    "PHONE_NUMBER": Label.PHONE,
    "US_SSN": Label.SSN,
    "US_ITIN": Label.SSN,
    "CREDIT_CARD": Label.ACCOUNT,
    "IBAN_CODE": Label.ACCOUNT,
    "US_BANK_NUMBER": Label.ACCOUNT,
    "US_PASSPORT": Label.LICENSE,
    "US_NPI": Label.LICENSE,
    "MEDICAL_LICENSE": Label.LICENSE,
    "US_MBI": Label.HEALTH_PLAN_ID,
    "IP_ADDRESS": Label.IP,
    "MAC_ADDRESS": Label.DEVICE_ID,
}
LEAST_SCORE = 0.5  # least score taken from Presidio: below it a pattern alone has matched, without its checksum or a word of context


def load_recognisers(names: tuple[str, ...]) -> tuple[Recogniser, ...]:
    """The recognisers of these `module:function` names. Raises SettingsError naming the entry and what to install or mend."""
    return tuple(_loaded(name) for name in names)


def _loaded(name: str) -> Recogniser:
    module, colon, function = name.partition(":")
    if not colon:
        raise SettingsError(f"recognisers: {name} is no module:function; write for example tools.packs.recognisers:presidio")
    try:
        made = getattr(import_module(module), function)()
    except ImportError as error:
        raise SettingsError(f"recognisers: {name} needs {error.name or module}: pip install liaison[ner], or remove the entry") from None
    except AttributeError:
        raise SettingsError(f"recognisers: {module} has no function {function}; correct the entry in practice.yaml") from None
    if not callable(made):
        raise SettingsError(f"recognisers: {name} returned no function; a factory returns text -> (start, end, label)s")
    recogniser: Recogniser = made
    return recogniser


def presidio() -> Recogniser:
    """Presidio with the spaCy model `en_core_web_lg` that is already on this machine; nothing is downloaded.

    Raises SettingsError when the model is not installed.
    """
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.util import is_package

    model = "en_core_web_lg"
    if not is_package(model):
        raise SettingsError(
            f"recognisers: the spaCy model {model} is not installed; install its wheel, or remove tools.packs.recognisers:presidio"
        )
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": model}])
    return presidio_recogniser(AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]))


def presidio_recogniser(engine: "AnalyzerEngine") -> Recogniser:
    """A recogniser around any Presidio engine, with whatever model it holds."""

    def recognise(text: str) -> Iterator[tuple[int, int, str]]:
        found: list[Any] = engine.analyze(text=text, language="en", score_threshold=LEAST_SCORE)
        for result in found:
            if label := PRESIDIO_LABELS.get(result.entity_type):
                yield result.start, result.end, label.value

    return recognise
