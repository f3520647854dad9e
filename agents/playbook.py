"""The playbook: the embedded drafter. Deterministic templates, English and, for replies, Spanish; it needs no key and no network.

The wording is chosen so that no rule of the catalogue fires on it: replies confirm no care relationship and quote nothing; mails promise
nothing; page briefs name who must review. Tests hold every template against those rules.
"""

import hashlib

from policies.actions import ActionKind
from tools.errors import DraftRefused
from tools.llm import Draft, DraftRequest

LLM_OFF = (
    "The language model is off: the embedded playbook writes every draft. Set LIAISON_OPENAI_API_KEY to turn it on "
    "(LIAISON_OPENAI_BASE_URL for another OpenAI-compatible server)."
)
"""Said once per home by the caller."""

# Per language, low rating first; several wordings, because fifty identical replies on one page read as a machine.
_REVIEW_LOW = {
    "en": (
        "Thank you for the feedback. Privacy rules keep us from discussing anyone in public, so we cannot say more here. "
        "We would like to listen: please call {phone} and ask for the practice manager.",
        "We read every comment and we take this one seriously. Out of respect for privacy we never discuss individuals in public. "
        "Please call {phone}; the practice manager will listen.",
        "This is not what we want anyone to feel about {practice}. Privacy law means we cannot respond to details in public. "
        "Please call {phone} so that the practice manager can help.",
    ),
    "es": (
        "Gracias por el comentario. Las normas de privacidad nos impiden hablar de cualquier persona en público. "
        "Queremos escuchar: llame al {phone} y pregunte por la gerencia.",
        "Leemos cada comentario y tomamos este en serio. Por respeto a la privacidad no hablamos de nadie en público. "
        "Llame al {phone}; la gerencia atenderá la llamada.",
    ),
}
_REVIEW_HIGH = {
    "en": (
        "Thank you for the kind words. We share feedback like this with the whole team at {practice}.",
        "Kind words mean a lot to our team. Thank you for taking the time to write them.",
        "Thank you for sharing this. Everyone at {practice} appreciates it.",
    ),
    "es": (
        "Gracias por sus amables palabras. Las compartimos con todo el equipo de {practice}.",
        "Le agradecemos el comentario. Todo el equipo de {practice} lo aprecia.",
    ),
}
_COMMENT = {
    "en": (
        "Thank you for the question. We cannot give medical advice in comments. General information is at {url}, and our team "
        "answers at {phone}. In an emergency, call 911.",
        "Thanks for writing. Comments are public, so we do not answer health questions here. Please see {url} or call {phone}. "
        "In an emergency, call 911.",
    ),
    "es": (
        "Gracias por la pregunta. No damos consejo médico en los comentarios. Hay información general en {url} y nuestro equipo "
        "atiende en el {phone}. En una emergencia, llame al 911.",
    ),
}
# By track, then by step. The service line stays out of the subject: a subject shows on a locked phone.
_NURTURE: dict[str, tuple[tuple[str, str], ...]] = {
    "b2c_patient": (
        (
            "A next step, when it suits you",
            "Hi {{{{first_name}}}},\n\nThank you for agreeing to hear from {practice}. If you have questions about our {line} services, our team "
            "can explain the options, who you would see and what it may cost, without any obligation.\n\n"
            "Times and locations: {url}\nBy phone: {phone}",
        ),
        (
            "Questions people ask before they book",
            "Hi {{{{first_name}}}},\n\nBefore booking, most people ask who they will see, where, and what insurance covers. "
            "Our {line} pages answer these: {url}\n\nIf you prefer to ask a person, call {phone}.",
        ),
        (
            "Should we keep in touch?",
            "Hi {{{{first_name}}}},\n\nThis is our last note about {line} unless you tell us otherwise. When the time is right, "
            "you can choose a time at {url} or call {phone}.",
        ),
    ),
    "b2b_referral": (
        (
            "How our referral line works",
            "Hello {{{{first_name}}}},\n\nThank you for agreeing to hear from {practice}. One number reaches our liaison team: {phone}. "
            "Forms, fax cover sheet and the list of clinicians are at {url}",
        ),
        (
            "A short call with one of our clinicians?",
            "Hello {{{{first_name}}}},\n\nIf a peer-to-peer call would help your practice decide when to refer, our liaison team arranges one: "
            "{phone}. Details: {url}",
        ),
        (
            "Should we keep in touch?",
            "Hello {{{{first_name}}}},\n\nThis is our last note unless you tell us otherwise. Our liaison team stays reachable at {phone}, "
            "and the referral pages at {url}",
        ),
    ),
}
NURTURE_STEPS = 3

_PAGE_BRIEF = (
    "Page brief: {topic}\n\n"
    "Why: {impressions} searches showed {practice} for this topic without a page of ours that answers it.\n"
    "Audience and intent: someone reading up on {topic} before choosing a clinician.\n"
    "Outline: what it is; when to see a clinician; options, with benefits and risks in balance; what a first consultation covers; "
    "locations and contact.\n"
    "Author: {author}. Show name, degree and a link to the profile.\n"
    "Medical reviewer: {reviewer}. Publish only after sign-off; show reviewer and review date; review again within 12 months.\n"
    "Leave out: assurances about results, comparisons with others, accounts of individuals, prices without their conditions.\n"
    "Sources: current guideline or specialty-society page for each medical statement."
)


class PlaybookDrafter:
    """A `Drafter` that fills templates. The same request always gives the same text."""

    def draft(self, request: DraftRequest) -> Draft:
        """Fill the template of `request.kind` from `request.facts`. Raises DraftRefused for a kind that is computed, not written."""
        title, template = _template(request)
        return Draft(text=template.format_map({**request.facts, "topic": "; ".join(request.untrusted)}), title=title, source="playbook")


def _template(request: DraftRequest) -> tuple[str, str]:
    facts = request.facts
    language = "es" if request.language == "es" else "en"
    match request.kind:
        case ActionKind.REVIEW_REPLY:
            texts = _REVIEW_HIGH if facts["tone"] == "high" else _REVIEW_LOW
            return "", _variant(texts[language], request.subject)
        case ActionKind.COMMENT_REPLY:
            return "", _variant(_COMMENT[language], request.subject)
        case ActionKind.NURTURE_EMAIL:
            return _NURTURE[facts["track"]][int(facts["step"]) - 1]
        case ActionKind.QUERY_COVERAGE:
            return "", _PAGE_BRIEF
        case _:
            raise DraftRefused(f"the playbook has no template for {request.kind} {request.subject}: a person writes it")


def _variant(texts: tuple[str, ...], subject: str) -> str:
    return texts[hashlib.sha256(subject.encode()).digest()[0] % len(texts)]
