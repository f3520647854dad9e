"""Each detector finds what it is named for and leaves its neighbours alone. Recall on real copy is the bench's to measure."""

from datetime import date
from functools import cache

import pytest

from policies.actions import Gate, Item, ItemKind
from policies.rules.catalogue import Catalogue, catalogue_of
from policies.rules.detectors import DETECTORS
from policies.rules.detectors.shown import SHOWN
from policies.rules.engine import evaluate
from policies.rules.rule import Rule
from tools.packs.rules import load_catalogue

TODAY = date(2026, 3, 2)


@cache
def catalogue_with(name: str) -> Catalogue:
    """One rule, of every kind, that names one detector."""
    rule = Rule.model_validate(
        {
            "id": "ONE-1",
            "family": "ftc",
            "title": "One detector",
            "citation": "Test",
            "jurisdiction": "US-ALL",
            "severity": "block",
            "applies_to": tuple(ItemKind),
            "detect": {"signal": "One detector", "detectors": (name,)},
            "cleared_by": {},
            "suggested_fix": "Mend it.",
            "examples": {"violating": ({"text": "x"},), "clean": ({"text": "y"},)},
            "effective": "2026-01-01",
            "source": ("Test",),
            "verified": True,
            "confidence": "high",
            "as_of": "2026-11",
        }
    )
    return catalogue_of((rule,), load_catalogue().limits)


def finds(name: str, text: str) -> bool:
    item = Item(kind=ItemKind.AD_COPY, text=text, facts={"checked_on": TODAY.isoformat()})
    return any(finding.rule == "ONE-1" for finding in evaluate(catalogue_with(name), item, Gate.CHECK))


CASES: dict[str, tuple[list[str], list[str]]] = {
    "implied_patient_relationship": (
        [
            "Your second crown was done with care.",
            "We looked at your chart.",
            "So glad you healed so quickly!",
            "Nos alegra que su rodilla esté mejor.",
        ],
        [
            "Thank you for the feedback. Please call our office at 555-0142.",
            "Privacy rules keep us from confirming whether anyone is a patient.",
        ],
    ),
    "patient_story": (
        [
            "Meet Carla, 42, who finished chemo with us.",
            '"My back has not hurt since," says one mother of two.',
            "One of our patients shares her recovery.",
        ],
        [
            "Meet Dr. Ana Ruiz, who joined from a fellowship in Ohio.",
            "There is no fee for records.",
            "Actor portrayal: Jo tells her story.",
        ],
    ),
    "care_detail_of_a_person": (["Your biopsy results are ready."], ["Our lab is open from seven."]),
    "patient_data_passed_on": (
        [
            "Here is the spreadsheet of our back pain patients for your texting tool.",
            "The agency hasn't signed a BAA yet but load the patient list.",
        ],
        [
            "The agency has a signed business associate agreement for the patient list.",
            "The vendor receives counts only, no patient names.",
        ],
    ),
    "named_person_with_care": (["Lead: Jerome, Albany, seen in April for psoriasis"], ["Lead from Albany asked for the Tuesday class"]),
    "cure_or_permanence": (
        [
            "Say goodbye to migraines for good.",
            "Back pain becomes a thing of the past.",
            "Throw away your glasses forever.",
            "Never deal with snoring again.",
        ],
        [
            "There is no cure for type 1 diabetes.",
            "A cure for boredom: our waiting-room puzzles.",
            "It is a myth that one herb ends arthritis.",
        ],
    ),
    "certain_result": (
        ["If you do not see a difference, we refund every dollar.", "You will walk out pain-free.", "See results in just two weeks."],
        ["No clinic can guarantee results.", "We guarantee a call back within one day.", "Lab results are posted in the portal."],
    ),
    "absolute_safety": (
        ["There are no side effects.", "Completely safe for everyone.", "All-natural, so it's harmless."],
        ["No surgery is completely safe.", "Ask your doctor about side effects.", "A smoke-free, risk-free parking lot."],
    ),
    "claim_of_proof": (
        ["Science has proven that our program works.", "Doctors everywhere recommend it.", "Backed by clinical research."],
        ["Evidence for this is limited; it is not proven.", "The CDC guideline recommends screening, and studies show it works."],
    ),
    "outcome_figure": (
        [
            "95% of our patients improve.",
            "Nine in ten couples take a baby home.",
            "Lose twenty pounds by June.",
            "Our success rate is the highest.",
        ],
        ["20% off frames.", "Nationwide, one survey of members found long waits."],
    ),
    "superiority": (
        [
            "Second to none in spine care.",
            "Better than any other clinic in town.",
            "The only practice that gets it right.",
            "Voted the top dentists in Texas.",
        ],
        ["The best time to call is before noon.", "The leading cause of tooth loss is gum disease."],
    ),
    "weight_without_effort": (
        ["Drop pounds with no diet and no gym.", "Eat whatever you love and lose weight.", "A pound a day."],
        ["There is no magic diet for weight."],
    ),
    "spanish_cure": (["Elimine el dolor de rodilla para siempre."], ["No hay cura para la diabetes."]),
    "spanish_certain_result": (["Le devolvemos su dinero si no mejora."], ["Ningún tratamiento tiene resultados garantizados."]),
    "spanish_absolute_safety": (
        ["Totalmente seguro y sin dolor."],
        ["Ninguna cirugía está libre; hable con su médico sin dolor de conciencia."],
    ),
    "spanish_superiority": (["Los mejores especialistas de la ciudad."], ["Los lunes abrimos a las ocho."]),
    "spanish_weight": (["Baje 20 libras en un mes."], ["Cada paciente es distinto; no prometemos bajar 20 libras."]),
    "spanish_claim_of_proof": (["Científicamente comprobado."], ["Un estudio comenzó en marzo."]),
    "made_up_review": (
        ["Have ChatGPT write twenty reviews as if patients had posted them.", "Invoice for 5,000 followers."],
        ["We never buy followers and report fake reviews."],
    ),
    "paid_for_praise": (
        ["Get $10 off when you leave a five-star review.", "Write a review and you'll be entered to win a prize."],
        ["We do not offer anything in exchange for a review."],
    ),
    "review_gating": (
        ["Loved it? Post on Google. If not, tell us privately.", "Only send the review link to happy patients."],
        ["We ask every patient for a review, good or bad, on Google; if something went wrong, call us."],
    ),
    "review_suppressed": (
        ["Remove this review or our attorney will sue.", "We will refund you if you delete your post."],
        ["Google removes reviews that hold profanity; that is spam, and it will be taken down."],
    ),
    "insider_review": (
        ["Everyone on the team, please leave a review from your personal account."],
        ["Staff may not post reviews of the practice."],
    ),
    "undisclosed_connection": (["The influencer gets a free peel; no need to mention it."], ["The blogger's post carries #ad."]),
    "privacy_promise": (["We are HIPAA certified.", "Your answers stay between us."], ["No website can be completely private."]),
    "review_asked_where_platforms_forbid": (["Leave us a Yelp review tonight."], ["We never ask for Yelp reviews."]),
    "more_than_a_health_message": (["Reminder: visit at 3. Also, 20% off whitening."], ["Reminder: visit at 3. Reply C to confirm."]),
    "deceptive_subject": (["Subject: RE: your account", "Subject: You're approved"], ["Subject: New hours at the Plano office"]),
    "list_without_consent": (
        ["Text the purchased list of cell numbers."],
        ["Text the purchased phones' owners only with written consent on file."],
    ),
    "optout_ignored": (["They opted out, but include them again next month."], ["They opted out; we suppress them immediately."]),
    "optout_obstructed": (
        ["To unsubscribe, log in and call our office.", "To stop our newsletter, print the form and mail it in with a fee."],
        ["To unsubscribe, use one click; no login required."],
    ),
    "artificial_voice": (["An AI voice will call every lapsed patient."], ["A nurse will call you on Monday."]),
    "sender_disguised": (["Change the from-name so that it looks like someone at Medicare."], ["The from-name is our practice."]),
    "call_at_a_quiet_hour": (["Send the text at 10 pm."], ["Never send the text at 10 pm."]),
    "ai_as_clinician": (["Our AI doctor will diagnose you."], ["Our chatbot is not a doctor."]),
    "free_offer": (
        ["Free consultation for new guests.", "Buy one syringe, get one."],
        ["Free parking behind the building.", "Feel free to call about an exam."],
    ),
    "price_offer": (
        ["Exams just $49.", "Save 30% off fillers.", "Our fees are lower than the surgeon's down the road."],
        ["Exam $120, x-rays included.", "We raised $500 donated for the pantry."],
    ),
    "pressure": (
        ["Only two spots left, so hurry!", "Don't wait until it's too late."],
        ["Call 911 and don't wait if you think it is a stroke."],
    ),
    "offer_is_over": (
        ["Sale ends February 1, 2026.", "Valid through 1/15/2026."],
        ["Sale ends March 31, 2026.", "We opened February 1, 2026."],
    ),
    "renewing_membership": (
        ["The first month is on the house; then it renews automatically."],
        ["Subscribe to or unsubscribe from the newsletter any time."],
    ),
    "medical_review_is_old": (
        ["Medically reviewed on May 5, 2022.", "Asthma dosing guide. Last clinician look: 2014.", "Posted 2014, never looked at again."],
        ["Medically reviewed on May 5, 2025.", "Last clinician look: 2026.", "Posted 2014, last reviewed on May 5, 2025."],
    ),
    "value_for_referrals": (
        [
            "Concert tickets for every doctor who refers patients to us.",
            "Our commission is 10% of each booking.",
            "We take the discharge planners who send us patients to a steak dinner.",
        ],
        ["No gift is ever tied to referrals.", "A flat monthly fee for the listing, whatever the volume of referrals."],
    ),
    "pay_by_volume": (
        ["$80 for each patient who shows up.", "Eight percent of what the clinic collects."],
        ["Accredited by the Joint Commission for each program."],
    ),
    "reward_to_patients": (
        ["Bring a friend and you both get a gift card.", "Get a $25 gift card when you book an exam."],
        ["We cannot offer gift cards for appointments."],
    ),
    "copay_forgiven": (
        ["We waive your copay.", "Whatever your insurance pays is payment in full."],
        ["The law requires us to collect your copay."],
    ),
    "free_ride": (
        ["Free rides to every visit.", "We'll pick you up at your door."],
        ["Public bus route 9 stops here; rides are not free."],
    ),
    "prescription_online": (
        ["Get your pills prescribed online and shipped to your door."],
        ["Existing patients ask for refills online in the portal."],
    ),
    "compounded_sameness": (["Compounded semaglutide, the same as Wegovy."], ["Compounded semaglutide is not the same as Wegovy."]),
    "drug_with_a_use": (["Botox smooths forehead lines."], ["Do not stop Eliquis before asking us about it."]),
    "fda_status": (["Our FDA approved laser.", "Exosomes that regrow hair."], ["It has not been approved by the FDA."]),
    "disease_claim_of_a_product": (
        ["Our tea reverses diabetes.", "Skip the vaccine this fall."],
        ["No evidence shows that tea reverses diabetes."],
    ),
    "board_certified_bare": (["Board certified in aesthetics."], ["Board certified, American Board of Dermatology."]),
    "specialist_claim": (["Your implant specialist in Tampa."], ["We will refer you to a specialist."]),
    "fence_around_care": (
        ["Serve ads to phones inside the dialysis clinic.", "A 1,000-foot radius around the cancer center."],
        ["Target the county and three zip codes near our hospital."],
    ),
    "reader_has_a_condition": (
        ["Is your depression getting worse?", "Struggling with addiction?"],
        ["Depression is common. Care is available."],
    ),
    "audience_built_on_health": (["Retarget people who viewed the HIV testing page."], ["Do not upload patient lists to any audience."]),
    "name_reveals_a_condition": (["event_name=ivf_consult_booked"], ["event_name=form_submit"]),
    "user_data_to_ad_platform": (
        ["Send hashed emails to Meta through the Conversions API."],
        ["We send Google Ads aggregate counts, no user data."],
    ),
    "record_kept_too_short": (
        [
            "Signed authorizations older than 24 months are shredded each quarter.",
            "Keep campaign approvals for one year.",
            "Consent logs purge themselves after eighteen months.",
            "We shredded last year's complaint log.",
        ],
        ["Keep approvals for six years.", "Deleted after 90 days: draft banners."],
    ),
    "promise_by_denial": (
        [
            "There is no cure for diabetes except ours.",
            "No clinic can guarantee results, but ours does.",
            "We can't guarantee results legally, but wink: everyone is cured of diabetes.",
            "Not only do we treat diabetes, we cure it.",
            "Myth: diabetes cannot be cured. Our program cures it.",
            "Not a single patient has had side effects.",
            "There is nothing we cannot cure.",
        ],
        [
            "There is no cure for diabetes, but we can help you plan.",
            "No clinic can guarantee results, and neither can we.",
            "Not only do we clean teeth, we answer questions.",
            "Myth: diabetes cannot be managed. Our guide explains how it can.",
        ],
    ),
    "vendor_without_agreement": (
        [
            "The agency gets a chart login on Monday; the paperwork can follow.",
            "No BAA signed yet, but the call service gets the schedule.",
        ],
        ["No chart login until the BAA is signed.", "The agreement can follow; no data moves before."],
    ),
    "tracker_behind_login": (
        ["Session replay is on for the message inbox.", "The portal loads the Meta pixel after login."],
        ["The portal loads no pixel.", "Analytics is disabled behind the login."],
    ),
    "patient_data_for_value": (
        ["The supplement brand paid us $18,000 for the names and emails of our bariatric program."],
        ["We never sell patient names, in exchange for anything."],
    ),
    "birth_year_over_89": (["birth_year: 1935"], ["birth_year: 1960"]),
}


def test_every_detector_has_cases() -> None:
    assert CASES.keys() == DETECTORS.keys()


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (hits, _) in CASES.items() for text in hits])
def test_a_detector_finds_what_it_is_named_for(name: str, text: str) -> None:
    assert finds(name, text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (_, neighbours) in CASES.items() for text in neighbours])
def test_a_detector_leaves_its_neighbours_alone(name: str, text: str) -> None:
    assert not finds(name, text)


def test_every_detector_is_named_by_a_rule_or_shows_a_fact() -> None:
    named = {name for one in load_catalogue().rules for name in (*one.rule.detect.detectors, *one.rule.detect.suspects)}

    assert named | {one.detector for one in SHOWN} >= DETECTORS.keys()
