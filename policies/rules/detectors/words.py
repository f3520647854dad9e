"""Word classes of healthcare marketing, as regular-expression alternatives. Lists of words, no judgement: detectors put them together."""


def any_of(*words: str) -> str:
    """One group of alternatives, each a word or an expression; spaces stand for any run of blanks or a hyphen."""
    return f"(?:{'|'.join(' '.join(words).split('|'))})".replace(" ", r"[\s-]+")


CONDITION = any_of(
    r"(?:chronic |back |neck |knee |hip |joint |shoulder |foot |heel |nerve |jaw |wrist |elbow |pelvic |tooth |lower back )?pains?|aches?|headaches?|"
    r"migraines?|arthritis|osteoarthritis|type (?:1|2|one|two) diabetes|diabet(?:es|ic)|prediabetes|blood sugar|high blood pressure|hypertension|"
    r"high cholesterol|(?:breast |prostate |lung |skin |colon )?cancers?|tumou?rs?|melanoma|leukemia|depress(?:ion|ed|ive)|anxi(?:ety|ous)|panic attacks?|"
    r"ptsd|ocd|adhd|autis(?:m|tic)|bipolar|schizophrenia|eating disorders?|anorexia|bulimia|insomnia|sleepless(?:ness| nights)|sleep apnea|snoring|acne|"
    r"eczema|psoriasis|rosacea|hives|scars?|warts?|moles?|hair loss|thinning hair|baldness|bald(?:ing)? spots?|wrinkles|fine lines|cellulite|stretch marks|"
    r"(?:varicose|spider) veins|erectile dysfunction|impotence|low t|low testosterone|low libido|infertil(?:ity|e)|endometriosis|fibroids|pcos|menopause|"
    r"hot flash(?:es)?|incontinence|bladder leaks?|uti|ibs|crohn'?s|colitis|acid reflux|gerd|heartburn|ulcers?|asthma|copd|allerg(?:y|ies)|sinusitis|"
    r"alzheimer'?s?|dementia|memory loss|parkinson'?s?|multiple sclerosis|als|neuropathy|sciatica|herniated dis[ck]s?|scoliosis|fibromyalgia|lupus|"
    r"chronic fatigue|fatigue|thyroid|hypothyroidism|obes(?:e|ity)|overweight|belly fat|excess weight|addict(?:ion|ed|s)?|alcoholi(?:sm|c)|substance use|"
    r"opioid(?: use)?|drinking problem|relapse|withdrawal|hiv|aids|herpes|std|sti|stds|stis|hepatitis(?: c)?|hpv|chlamydia|gum disease|gingivitis|"
    r"cavit(?:y|ies)|tooth decay|tooth loss|missing teeth|crooked teeth|tmj|tinnitus|hearing loss|cataracts?|glaucoma|macular degeneration|dry eyes?|"
    r"vertigo|dizziness|long covid|covid|heart disease|heart attacks?|heart failure|afib|strokes?|kidney (?:disease|stones|failure)|gout|osteoporosis|"
    r"plantar fasciitis|carpal tunnel|bunions?|tennis elbow|sports injur(?:y|ies)|seizures?|epilepsy|anemia|stiffness|inflammation|symptoms?|disease|illness|"
    r"condition|stress|cravings|grief|trauma|hemorrhoids|hernias?|nail fungus|sweating|smoking|vaping"
)
"""Conditions, symptoms and complaints people come with."""

SENSITIVE = any_of(
    r"hiv|aids|std|stds|sti|stis|herpes|hepatitis(?: c)?|syphilis|chlamydia|gonorrhea|prep|depress(?:ion|ed|ive)|anxi(?:ety|ous)|bipolar|schizophrenia|ptsd|ocd|adhd|"
    r"autis(?:m|tic)|suicid(?:e|al)|self harm|eating disorders?|anorexia|bulimia|addict(?:ion|ed|s)?|alcoholi(?:sm|c)|substance (?:use|abuse)|opioids?|rehab|detox|"
    r"suboxone|methadone|buprenorphine|abortion|miscarriage|pregnan(?:t|cy)|ivf|infertil(?:ity|e)|fertility|egg freezing|contracepti(?:on|ve)|endometriosis|pcos|menopaus(?:e|al)|"
    r"gender affirming|transgender|erectile dysfunction|impotence|low t|low testosterone|incontinence|(?:breast |prostate |lung |skin |colon |ovarian )?cancers?|"
    r"chemo(?:therapy)?|oncology|tumou?rs?|melanoma|leukemia|diabet(?:es|ic)|prediabetes|insulin|a1c|obes(?:e|ity)|overweight|bariatric|alzheimer'?s?|dementia|parkinson'?s?|"
    r"multiple sclerosis|als|epilepsy|seizures?|lupus|crohn'?s|colitis|arthritis|fibromyalgia|chronic pain|migraines?|psoriasis|eczema|acne|hair loss|insomnia|sleep apnea|"
    r"copd|asthma|heart (?:disease|failure)|hypertension|stroke|dialysis|kidney disease|hospice|mental health|therapy|counseling|psychiatr(?:y|ic|ist)"
)
"""Conditions and services that say something about a person."""

BODY = any_of(
    r"back|spine|neck|knees?|hips?|shoulders?|feet|foot|ankles?|wrists?|hands?|elbows?|teeth|tooth|gums?|smile|jaw|skin|face|eyes?|vision|sight|hearing|ears?|"
    r"heart|lungs?|liver|kidneys?|gut|stomach|bladder|prostate|thyroid|brain|hair(?:line)?|scalp|breasts?|tummy|belly|joints?|hormones?|weight|sleep|mood|mind|body"
)

PROCEDURE = any_of(
    r"surger(?:y|ies)|procedures?|operations?|(?:knee|hip|shoulder|joint) replacements?|crowns?|implants?|veneers?|root canals?|fillings?|extractions?|dentures?|braces|"
    r"aligners?|invisalign|cleanings?|whitening|biops(?:y|ies)|mri|ct scan|x rays?|scans?|ultrasounds?|mammograms?|colonoscop(?:y|ies)|endoscop(?:y|ies)|lasik|cataracts?|botox|"
    r"fillers?|facelift|liposuction|tummy tuck|rhinoplasty|nose job|breast augmentation|peels?|laser|injections?|epidural|infusions?|chemo(?:therapy)?|radiation|dialysis|"
    r"ivf|embryo transfer|egg retrieval|delivery|c section|birth|labor|physical therapy|rehab|therapy|counseling|detox|treatments?|sessions?|visits?|appointments?|stays?|"
    r"exams?|check ?ups?|physicals?|consult(?:ation)?s?|follow ups?|lab ?work|bloodwork|blood tests?|test results|results|prescriptions?|refills?|medications?|meds|dose|"
    r"recovery|incisions?|stitches|cast|brace|diagnosis|symptoms?|chart|records?|file|bill|claim|copay|insurance|account|balance|hospitali[sz]ation|discharge"
)
"""What is done to a patient, and what is written down about it."""

PEOPLE = any_of(r"patients?|clients?|members?|customers?|people|men|women|adults|users|participants|clinicians")

GIFT = any_of(
    r"gift ?cards?|gift baskets?|gifts?|(?:visa|amazon|starbucks|target|walmart|gas|e) ?(?:gift )?cards?|vouchers?|certificates?|tickets?|box seats|suite seats|dinners?|lunch(?:es)?(?! hours?| breaks?| time)|"
    r"breakfast|steakhouse|meals?|wine|whiskey|bourbon|champagne|rounds? of golf|golf|spa days?|massages?|weekends?|getaways?|trips?|cruises?|vacations?|resort|hotel|ski|ipads?|"
    r"tablets?|airpods|tvs?|cash|dollars|\\$\s?\d[\d,]*|money|check|bonus(?:es)?|stipends?|honorari(?:um|a)|credits?|points|rewards?|thank you gifts?|tokens? of (?:our )?appreciation|"
    r"prizes?|raffles?|donation|kickers?|spiffs?|perks?|swag|freebies|equipment|software|free rent|staffing|bouquets?|flowers|cookies|bagels|donuts|pizza|catering|treat"
)
"""Things of value."""

REFERRER = any_of(
    r"referr(?:er|al source|ing (?:doctor|physician|provider|dentist|practice|office))s?|refer|refers|referred|referring|referrals?|sends?|sent|sending|steers?|steering|steered|"
    r"directs?|directed|directing|points?|pointed|pointing|routes?|routed|funnels?|funneled|introduces?|introduced|introductions?|recommends?|brings?|delivers?"
)

NUMBER = (
    r"(?:\d[\d,]*(?:\.\d+)?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred|a dozen)"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine|hundred|thousand))?)"
)
"""A figure, or the word for one."""

MONEY = rf"(?:\$\s?\d[\d,.]*k?|\b{NUMBER} (?:dollars|bucks|cents|grand)|\ba (?:crisp )?(?:twenty|fifty|hundred|ten)\b|\b{NUMBER} ?(?:%|percent)|\ba (?:tenth|fifth|quarter|third|half) of)"
"""A sum or a share."""

PERSON = any_of(
    r"patients?|persons?|people|clients?|seniors?|residents?|members?|beneficiar(?:y|ies)|enrollees?|leads?|referrals?|bookings?|appointments?|admissions?|admits?|intakes?|consults?|"
    r"consultations?|exams?|visits?|scripts?|prescriptions?|orders?|tests?|samples?|specimens?|panels?|swabs?|kits?|placements?|enrollments?|sign ups?|new starts?|starts?|heads?|beds?|mqls?|"
    r"families|family|moms?|kids?|children|workers?|employees|calls?|callers?|forms?|inquir(?:y|ies)|one|body|warm body|chair|show(?:ed|s)? up|conversions?|deliver(?:y|ies)|births?|surger(?:y|ies)|"
    r"procedures?|implants?|braces|scans?|studies|units?|hires?|customers?|guests?|veterans?|discharges?|transfers?|evaluations?"
)
"""Whom or what a referral brings."""
