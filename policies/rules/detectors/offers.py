"""Prices, free offers, memberships, pressure and offers whose day has passed. 16 CFR 251; 15 U.S.C. 8403; state price and inducement rules."""

from policies.rules.detectors.days import WRITTEN, day_in
from policies.rules.detectors.detector import Detector
from policies.rules.patterns import Span
from policies.rules.text import Text

FREE = Detector(
    name="free_offer",
    says="offers something free, or free with something else",
    finds=(
        r"\b(?:free|complimentary|no[- ]cost|gratis|on the house|at no (?:cost|charge)|zero cost|\$0|won't cost you|costs? (?:you )?nothing|our gift to you|bogo|buy one|on us|half off|half price)\b[^.!?\n]{0,50}\b(?:consult\w*|exams?|visits?|screenings?|x-?rays?|whitening|evaluations?|cleanings?|assessments?|treatments?|sessions?|scans?|tests?|checks?|facials?|botox|units?|syringe|injections?|mri|massage|trial|month|class|adjustments?|peel|laser|kit|hearing aids?|glasses|frames|second|one|get one|implant|crown|filling|service|labs?|panel|bloodwork|b12|shots?|teeth|skin|body|care|area)\b",
        r"\b(?:consult\w*|exams?|visits?|screenings?|x-?rays?|whitening|evaluations?|cleanings?|assessments?|treatments?|sessions?|scans?|facials?|massage|month|adjustments?|peel|kit|frames|one)\b[^.!?\n]{0,40}\b(?:free|complimentary|no[- ]cost|on the house|at no (?:cost|charge)|on us|half off|half price)\b",
        r"\bbuy (?:one|two|\d+)[^.!?\n]{0,40}\bget\b",
    ),
    unless=(
        r"\b(?:feel free|toll[- ]free|free (?:parking|wi-?fi|community talk|to enter|and open|to (?:call|ask|contact|reach|bring|stop|choose|decline)|of charge parking|event|class|webinar|seminar|newsletter|download|guide|checklist|coffee|clinic day|community|flu|vaccin\w+|app|of|time|up|from|hand|admission|ebook|library|online)|smoke[- ]free|drug[- ]free|sugar[- ]free|gluten[- ]free|fluoride[- ]free|latex[- ]free|hands[- ]free|pain[- ]free|stress[- ]free|worry[- ]free|interest[- ]free|(?:wi-?fi|parking|coffee|admission|entry) (?:\w+ ){0,5}(?:is|are) free|nothing to buy|no purchase needed|(?:forms?|paperwork|records|transfer\w*|interpret\w*|move your|reschedul\w+)[^.!?\n]{0,40}(?:free|no charge)|not free|isn't free|aren't free)\b",
        r"\b(?:preventive|in-network|covered at 100|most (?:insurance )?plans|under the affordable care act|county health department|public health)\b",
    ),
)

PRICE = Detector(
    name="price_offer",
    says="advertises a price, a discount or a financing rate",
    finds=(
        r"(?:\$\s?\d[\d,]*(?:\.\d\d)?|\b\d+ dollars)[^.!?\n]{0,40}\b(?:a|an|per|each|/|for|only|special|off|down|month\w*|unit|visit|session|syringe|new[- ]patient|today|exam|cleaning|consult\w*|implant|crown|starting|and up|value)\b",
        r"\b(?:only|just|from|starting at|starts at|as low as|for|under|at|save|low price of|now|lowest|cheapest|unbeatable|rock-?bottom|best|affordable|discount\w*|reduced) (?:\w+ )?(?:\$\s?\d|prices?|rates?|fees?|deals?|pricing)",
        r"\b(?:our|my|the) (?:fees?|prices?|rates?|costs?)\b[^.!?\n]{0,60}?\b(?:half|less|lower|fraction|third|under|beats?|below|cheaper|than)\b|\bwhy pay\b|\b(?:pay|charge[sd]?|costs?) (?:\w+ )?(?:half|less|twice|double|a fraction|more than|hundreds less|thousands less)\b",
        r"\b\d{1,2}\s?%\s+(?:off|discount|savings|less)\b|\b(?:0|zero|no)\s?%?\s+(?:interest|down|apr|financing)\b|\b(?:half (?:off|price)|two[- ]for[- ]one|bogo|groupon|flash sale|black friday|cyber monday|coupon|promo code|deal of)\b",
    ),
    unless_item=(
        r"\b(?:include[sd]?|including|inclusive|itemi[sz]ed|(?:lab|labs|x-?rays?|fees?|tax|materials) (?:is |are )?(?:extra|separate|billed separately)|extra charges?|good-faith estimate|through (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|no other (?:fees?|charges?)|covers|full price list|price list|not insurance|renews|before (?:the|your) next bill|w-2|employees|hiring|payroll|registration fee|ticket)\b",
    ),
    unless=(r"\b(?:donat\w+|fundrais\w*|raised|grant|salary|hour pay|million|billion|penalt\w+|fines?)\b",),
)

PRESSURE = Detector(
    name="pressure",
    says="presses people to decide on care at once",
    finds=(
        r"\b(?:only|just|last|final|few|limited|remaining|\d+|two|three|four|five|six)\b[^.!?\n]{0,25}\b(?:spots?|slots?|seats?|chairs?|openings?|appointments?|chance|places?)\b[^.!?\n]{0,40}\b(?:left|remain\w*|hurry|tonight|gone|disappear|vanish|act|claim|expires?|to (?:save|claim|lock))\b",
        r"\b(?:act (?:now|fast|today)|hurry|before (?:it's|it is) too late|don't (?:wait|miss|delay|risk|let)|while (?:supplies|spots) last|offer (?:ends|expires)|today only|tonight only|ends (?:tonight|today|midnight|at midnight|friday|sunday|soon)|(?:every|each) (?:day|minute|hour|moment) (?:you wait|counts|that passes)|time is running out|clock is ticking|or (?:risk|regret|lose|face)|once they're gone|doors close|limited time|deadline|your last chance|now or never|price goes up|expires|(?:until|before|till) (?:midnight|tonight)|kick yourself|regret (?:it|waiting)|ticking|could be getting|getting (?:bigger|worse) (?:right now|while|every)|every hour|don't make (?:them|your)|silently|as you read this)\b",
    ),
    unless=(
        r"\b(?:911|stroke|heart attack|chest pain|emergency|be fast|open enrollment|enrollment (?:period|ends)|flu season|school physical|deadline to (?:apply|enroll|register))\b",
    ),
)


def _is_over(text: Text, span: Span) -> bool:
    """Has the day named in the hit passed? A day nobody can read, or a check without a date, is no finding."""
    day = day_in(text, span)
    return day is not None and text.today is not None and day < text.today


EXPIRED = Detector(
    name="offer_is_over",
    says="still makes an offer whose last day has passed",
    finds=(r"\b(?:through|until|till|ends?|ending|expires?|expiring|valid|good|before|offer|sale|deadline)\b[^!?\n]{0,40}?" + WRITTEN,),
    accepts=_is_over,
)

RENEWAL = Detector(
    name="renewing_membership",
    says="sells a membership or subscription that goes on by itself",
    finds=(
        r"\b(?:auto-?renew\w*|renews? (?:automatically|each|every|monthly)|automatically (?:renew\w*|billed|charged|continue\w*)|memberships?|subscri\w+|free trial|trial (?:month|period|week)|first month|monthly (?:plan|fee|dues|autopay|charge)|billed (?:monthly|every|each)|recurring|cancel any ?time|until you cancel|\$\s?\d[\d,]*\s?(?:/|per|a) ?mo(?:nth)?)\b",
    ),
    unless_item=(
        r"\b(?:cancel online|cancel (?:at )?any ?time online|before (?:the|your) next (?:bill|charge)|does not renew|doesn't renew|ends unless you renew|no automatic renewal)\b",
    ),
    unless=(r"\b(?:unsubscribe|newsletter|gym|library|rotary|chamber|society|association|academy|college of)\b",),
)

DETECTORS = (FREE, PRICE, PRESSURE, EXPIRED, RENEWAL)
