"""What says that somebody is or was a patient: replies to reviews, patient stories, care details beside a person. 45 CFR 164.502(a), 164.508."""

from policies.rules.detectors.detector import Detector
from policies.rules.detectors.words import BODY, CONDITION, PROCEDURE

_DONE = rf"(?:{PROCEDURE}|{BODY}|{CONDITION})"

CONFIRMED = Detector(
    name="implied_patient_relationship",
    says="tells the reader of a reply that the reviewer was cared for here, outright or by implication",
    finds=(
        rf"\b(?:your|his|her|their|the) (?!(?:doors?|lights?|phones?|signs?|offices?|windows?) stays?\b)(?:\w+ ){{0,2}}?{_DONE}\b",
        r"\b(?:we|i|our (?:team|staff|doctors?|nurses?|hygienists?|office|records?|notes?|schedule|system|logs?|front desk|providers?|surgeons?|techs?)|dr\.? \w+|the (?:team|doctor|nurse|hygienist|surgeon|technician|staff))\b[^.!?\n]{0,40}?\b(?:see|saw|seen|treat(?:ed)?|examined?|billed|called|checked|looked (?:at|up|into|back|over)|pulled(?: up)?|reviewed|remember(?:s|ed)?|recall\w*|explained to you|told you|offered you|gave you|fitted|fit you|removed|placed|prescribed|performed|did for you|cleaned|delivered|helped you|took care of|taken care of|care(?:d)? for|spent|waived|refunded|rescheduled|squeezed you|got you in|worked on|discussed|diagnosed|recommended|referred you|sent you|have you on|has you|see you|seeing|met you|meet you|welcom\w+ you|had you|have (?:had )?the (?:pleasure|honor|privilege))\b",
        r"\b(?:you|he|she|they|your (?:son|daughter|mother|father|mom|dad|husband|wife|child|kids?|baby|little one|family|partner))(?:'ve|'re|'d| have| had| were| was| are| is| did| didn't| did not| never)?\b[^.!?\n]{0,40}?\b(?:came|come in|came in|visit\w*|arriv\w+|missed|cancel\w*|no-?show\w*|signed|agreed|declined|refused|chose|choosing|trusted|asked for|been (?:with us|coming|a patient|here|in)|feel\w*|heal\w*|recover\w*|smil\w+|sleep\w*|walk\w*|hear\w*|doing (?:so )?(?:well|better|great)|done with|finished|completed|back (?:for|to|on|in)|next (?:visit|appointment|cleaning)|get(?:ting)? back|out of pain|pain[- ]free|waited|left (?:before|without)|trust(?:ing)?|is in|were in|was in|are in our|remain)\b",
        r"\b(?:glad|happy|thrilled|delighted|pleased|honou?red|proud|relieved|so good|great|wonderful|love|sorry|sad|excited)\b[^.!?\n]{0,50}?\b(?:heal\w*|recover\w*|feel\w*|better|pain|smile|sleep|walking|running|dancing|results?|outcome|progress|journey|care (?:of|for) you|part of your|help you|serve you|your (?:family|experience|visit|care|treatment|baby|new)|treating you|doing|turned out|went (?:well|smoothly)|visit|appointment|journey|take care of|choose|chose)\b",
        r"\b(?:see|seeing) you (?:again|at|in|next|soon|back|for)\b|\b(?:next|last|first|second|third|recent|earlier|previous|past|follow[- ]?up|annual|six-month) (?:visit|appointment|cleaning|check-?up|session|stay|procedure|trip|exam|time you|scan|treatment|injection)\b|\bwelcome (?:back|to the (?:family|practice))\b|\b(?:loyal|valued|long-?time|existing|new|wonderful|favorite|great|one of our|model|fellow) (?:patients?|clients?|members?)\b|\bas (?:a|our) (?:\w+ )?(?:patient|client|member)\b",
        r"\b(?:thank(?:s| you)|grateful|appreciate)\b[^.!?\n]{0,30}\b(?:visiting|choosing|chose|trusting|trust|coming|letting us (?:care|treat|be)|allowing us|being (?:our|a|such)|bringing|patience (?:during|with|while)|stopping (?:in|by)|entrusting|business|loyalty|giving us the (?:chance|opportunity))\b",
        r"\b(?:according to|based on|per) (?:our|your|the) (?:\w+ )?(?:records?|chart|notes?|file|system|schedule|logs?)\b|\b(?:your|the) (?:file|chart|record|account|balance|bill|statement|invoice|claim|deductible|co-?pay|insurance|coverage|plan|referral|pre-?auth\w*|lab|prescription|refill)\b|\bthe (?:day|morning|afternoon|evening|week|month) (?:of|you|after)\b|\bon (?:monday|tuesday|wednesday|thursday|friday|saturday|january|february|march|april|may|june|july|august|september|october|november|december)\b|\b\d{1,2}/\d{1,2}\b|\b(?:our|my) (?:time|visit|session|conversation|meeting|appointment) (?:together|with you)\b",
        r"\b(?:no (?:one|record|patient|such)|nobody|never|not|haven't|hasn't|doesn't|does not|did not|didn't|cannot find|can't find|could not find|couldn't find|unable to (?:find|locate)|have no)\b[^.!?\n]{0,60}?\b(?:in our (?:system|records|files|schedule|practice)|under (?:that|your|this) (?:name|handle)|set foot|been (?:here|in|to|seen|a patient)|with (?:that|your|this) name|seen you|treated you|on file|any record|as a patient|at (?:any|either|all) of our)\b",
        r"\b(?:joy|pleasure|honou?r|privilege|delight|treat|fun|blessing|highlight|gift|wonderful|lovely|great|so nice|loved|enjoyed)\b[^.!?\n]{0,25}?\b(?:to |of )?(?:getting to know|know(?:ing)?|watch(?:ing)?|see(?:ing)?|hav(?:e|ing)|meet(?:ing)?|work(?:ing)? with|car(?:e|ing) for|help(?:ing)?|be(?:ing)? part|deliver(?:ing)?|treat(?:ing)?|tak(?:e|ing) care)\b[^.!?\n]{0,40}?\b(?:you|your|yours|him|her|them|the (?:little|baby|kids|family|whole))\b",
        r"\b(?:verl[oae]|verte|tenerl[oae]|tenerte|atender(?:l[oae]|te)|conocer(?:l[oae]|te)|ayudar(?:l[oae]|te)|l[oae] (?:vimos|tratamos|operamos|esperamos|recibimos|llamamos)|te (?:vimos|tratamos|operamos|esperamos)|carillas|sonreir|se recupere|siga (?:mejorando|asi)|que este mejor|vuelva|regrese pronto|su (?:familia|esposo|esposa|nina|nino)|nuestra paciente|nuestro paciente|fue paciente|no es paciente|no fue paciente|nunca (?:ha sido|fue|vino))\b",
        r"\b(?:su|tu|sus|tus) (?:\w+ )?(?:cita|visita|consulta|cirugia|tratamiento|corona|implante|limpieza|expediente|diagnostico|recuperacion|rodilla|cuenta|saldo|seguro|receta|parto|bebe|hij[oa]|mama|papa|examen|resultados?|procedimiento|dolor|sonrisa|extraccion|diente|muela|proxima)\b|\b(?:gracias por (?:visitar\w*|elegir\w*|confiar|su confianza|venir|ser)|lo atendimos|la atendimos|le atendimos|te atendimos|atenderl[oae]|atenderte|cuando (?:usted )?vino|cuando viniste|su ultima|como (?:nuestr[oa] )?paciente|nuestros registros|se sient[ae] mejor|verl[oae] (?:de nuevo|pronto)|verte (?:de nuevo|pronto)|nos alegra que|me alegra que)\b",
    ),
    unless=(
        r"\b(?:cannot|can't|can not|unable to|not able to|don't|do not|never|not permitted|may not|aren't allowed|won't|federal|privacy (?:law|rule|reg)\w*|hipaa)\b[^.!?\n]{0,60}\b(?:confirm|discuss|say|acknowledge|share|comment|respond|verify|disclose|address|talk|whether)\b",
        r"\b(?:whether|if) (?:or not )?(?:any(?:one| ?body)|a (?:person|reviewer|given)|someone|you (?:are|were|have been))\b[^.!?\n]{0,40}\b(?:patient|visit\w*|seen|treated)\b",
        r"\bno (?:podemos|se nos permite|estamos autorizados|nos es posible|confirmamos|es posible)\b|\b(?:leyes|ley|normas|reglas) (?:federales |federal )?de privacidad\b",
        r"\b(?:your|the) (?:feedback|comments?|review|concerns?|message|thoughts|words|input|experience(?:s)? (?:with|of) (?:others|our website)|convenience|rating|kind)\b[^.!?\n]{0,12}$",
    ),
)

STORY = Detector(
    name="patient_story",
    says="tells or shows what happened to a patient",
    finds=(
        r"\b(?:meet|hear|read|watch|see|listen to|follow|discover|learn) (?:(?:from|about|how|why|what) )?(?-i:[A-Z][a-z]+)(?:'s)?\b[^.!?\n]{0,120}\b(?:journey|stor(?:y|ies)|recover\w*|surgery|pain|transform\w*|smile|implants?|weight|pounds|diagnos\w*|cancer|treatment|procedure|back to|overc\w+|battl\w+|struggl\w+|beat|walk\w*|life|sober|sobriety|results?|makeover|delivered|baby)\b",
        rf"\b(?-i:(?!(?:There|What|Here|This|That|It|Our|Your|The|Heart|Who|Type|Most|Some|Each|Every|No|All|Many|Americans|People|Patients|Doctors|We|You|They|If|When|Why|How|But|And|A|An|Dr|In|On|At|As|Nobody|Everyone|Anyone|Treatment|Care|Surgery|Pain|Health|Subject|Title|Description|Medicare|Medicaid)\b)[A-Z][a-z]+(?: [A-Z]\.?| [A-Z][a-z]+)?),? (?:\(?(?:age )?\d\d\)?,? )?(?:who |had |was |is now |has (?:been|lost|gone|kept) |could |couldn't |came |walked |lost |suffered |struggled |underwent |beat |overcame |tried |thought |finally |now |says? |told |went |got |and (?:his|her) )[^.!?\n]{{0,80}}\b(?:{CONDITION}|{PROCEDURE}|pounds|walk\w*|pain[- ]free|sober|clean|smile|transform\w*|thanks to (?:us|our|dr)|our (?:clinic|team|program|office|doctors?))\b",
        r"\b(?:one of our|our own|a|this|another|real|actual|happy|former|recent|local|longtime|our) (?:\w+ )?(?:patients?|clients?|(?<!staff )(?<!team )members?|moms?|dads?|grandmothers?|veterans?|teachers?|alumni|alumnus|alumna|families|couples?|mothers?)\b[^.!?\n]{0,60}\b(?:shares?|tells?|says?|said|wrote|explains?|describes?|stor(?:y|ies)|journey|testimonials?|transformations?|told us|before|lost|walked|beat|overcame|recover\w*|photos?|results?|video|smile|'s smile|featured|spotlight|after (?:his|her|their|years|just))\b",
        r"\b(?:testimonials?|patient (?:spotlight|highlight|feature|voices?|journey|transformation|experience video|of the (?:week|month))|transformation (?:tuesday|photos?|gallery|stor(?:y|ies))|success stor(?:y|ies)|smile (?:gallery|makeover|of the (?:week|month))|wall of (?:fame|smiles)|real (?:results|people|patients|stories)|survivor stor(?:y|ies)|case stud(?:y|ies)|birth announcement|baby of the)\b",
        r"\b(?:i|my (?:life|knees?|back|hip|pain|skin|smile|husband|wife|son|daughter|mom|dad|mother|father))\b[^.!?\n\"]{0,60}\b(?:lost|gained|finally|never thought|couldn't|can now|was able|am now|now i|is gone|changed my|saved my|got my life|pain[- ]free|back to|years younger|hadn't|recommend|thanks to|cured|healed|worked|sober|stopped (?:taking|using)|no longer)\b",
        r"\"[^\"]{20,400}\"[^\n]{0,12}?\b(?:says?|said|writes?|wrote|shares?|shared|that (?:was|is|comes)|recalls?|told|tells|laughs?|smiles?|explains?|reports?|raves?|adds?)\b|\b(?:says?|writes?|wrote|told us|raves?|recalls?|laughs) (?:one |a |our |this |another )?(?:\w+ ){0,2}?(?:mother|father|mom|dad|patient|teacher|nurse|veteran|grand\w+|woman|man|roofer|driver|runner|retiree|bride|client|member|(?-i:[A-Z][a-z]+)),? ",
        rf"\b(?-i:Meet|Say hi to|Introducing) (?-i:[A-Z][a-z]+)(?:,| \(|\.|!| [A-Z]\.)[^\n]{{0,200}}?\b(?:{CONDITION}|{PROCEDURE}|lump|bell|journey|smile|sober|pounds|our (?:team|clinic|program|center|infusion|rehab|doctors?))\b",
        rf"\b(?:his|her|their|whose|my) (?:\w+ )?(?:{BODY}|{PROCEDURE}|{CONDITION})\b[^.!?\n]{{0,40}}?\b(?:here|at our|with us|by (?:our|dr)|in our|after|we|was (?:replaced|repaired|removed|fixed)|is (?:gone|back))\b",
        r"\b(?:our|a) patients?,?\s+(?:\w+ ){0,2}?(?:shows?|dances?|walks?|now|just|back|runs?|celebrates?|rings?|rang|returned|took|looks?)\b",
        r"\"[^\"]{25,400}\"\s*(?:-+|by|~|\()\s*(?-i:[A-Z])",
        r"\b(?:before|after)[\s-]*(?:and|&|/|\+|to)?[\s-]*(?:after|before)\b[^.!?\n]{0,20}\b(?:photos?|pictures?|pics?|shots?|images?|gallery|results?|reveal|transformation|selfie|side by side)\b|\b(?:check out|look at|see|swipe|wow)\b[^.!?\n]{0,40}\b(?:transformation|before and after|before & after|difference|after photo|results on|makeover)\b",
        r"\b(?:historias? de (?:exito|pacientes)|testimonios?|nuestr[oa] paciente|conozca a (?-i:[A-Z])|antes y despues|gracias a (?:la clinica|el doctor|la doctora|nuestro equipo)[^.!?\n]{0,40}(?:ya|ahora))\b",
    ),
    unless=(
        r"\bdr\.? (?-i:[A-Z])\w+,? (?:explains|answers|talks|discusses|describes|walks you)\b|\b(?:actor|actors|model|models|stock photo|fictional|illustrat\w+|composite|dramatization|not (?:a|an actual) patient|submit your|share your|authorization on file|signed (?:a |an )?(?:hipaa )?authorization|with (?:her|his|their) written)\b",
        r"\bno (?:publicamos|usamos|compartimos|mostramos)\b|\b(?:swap|remove|take down|replace|instead of|staff member|team member)\b|\bserious (?:risks|side effects)\b",
        r"\b(?:we (?:do not|don't|never|cannot|can't) (?:publish|post|use|share|show|feature))\b",
        r"\b(?:residency|fellowship|medical school|joined|graduated|trained|board|certified|years of experience|earned (?:his|her|their)|completed (?:his|her|their))\b",
    ),
)

CARE_DETAIL = Detector(
    name="care_detail_of_a_person",
    says="puts a named or addressed person beside a diagnosis, treatment or bill",
    finds=(
        rf"\b(?:subject|preheader|preview)\b\s*:?[^\n]{{0,60}}\b(?:your|hi|dear)?\b[^\n]{{0,40}}\b{CONDITION}\b",
        rf"\byour (?:\w+ ){{0,2}}?(?:{CONDITION}|biopsy|test|lab|screening|std|hiv|pathology|scan|mri|pregnancy|prescription|medication|refill|diagnosis|therapy|psychiatr\w+) (?:results?|treatment|diagnosis|report|medication|refill|prescription|appointment|test|is ready|are ready|came back|screening|management|plan|session)\b",
        rf"\b(?-i:[A-Z][a-z]+ [A-Z][a-z]+)\b[^.!?\n]{{0,50}}\b(?:diagnos\w+|(?:was|is|being) treated|has|had|suffers|takes|prescribed|admitted|underwent|recovering|living with|tested)\b[^.!?\n]{{0,30}}\b(?:{CONDITION}|{PROCEDURE})\b",
    ),
    unless=(r"\b(?:dr\.?|doctor|md|do|dds|np|pa-c|rn)\b",),
)

PASSED_ON = Detector(
    name="patient_data_passed_on",
    says="hands patients' names, messages or records to somebody outside",
    finds=(
        rf"\b(?:spreadsheet|list|roster|export|csv|transcripts?|recordings?|audio|notes|file|files|column|records?|charts?|ehr|emr|schedule|logins?|passwords?|screenshots?|census|data|emails|names|numbers|problem list|intake forms?|messages?|voicemails?)\b[^\n]{{0,80}}?\b(?:patients?'?|callers?|diagnos\w+|conditions?|insur\w+|medicaid|medicare|{CONDITION}|{PROCEDURE})\b[^\n]{{0,120}}?\b(?:to|for|with|into|in|so)\b[^\n]{{0,60}}?\b(?:vendors?|agency|agencies|freelanc\w+|contractors?|copywriters?|analysts?|interns?|consultants?|outside|sponsors?|reps?|partners?|brokers?|mail house|printer|call center|texting tool|chat-?bots?|chatgpt|ai tool|software|platform|podcast|team|newsletter|ad team|county|company|dropbox|shared (?:folder|drive)|personal (?:email|gmail)|google sheet|whatsapp|slack)\b",
        rf"\b(?:patients?'?|diagnos\w+|{CONDITION})\b[^\n]{{0,60}}?\b(?:spreadsheet|list|roster|export|csv|transcripts?|recordings?|notes|file|emails|names|numbers|phone numbers)\b[^\n]{{0,120}}?\b(?:vendors?|agency|freelanc\w+|contractors?|copywriters?|outside|sponsors?|reps?|partners?|brokers?|mail house|printer|texting|chat-?bots?|chatgpt|software|platform|newsletter|company|shared (?:folder|drive)|personal (?:email|gmail)|google sheet|trade|sell|sold|swap|in return|per thousand|\$\s?\d+)\b",
        r"\b(?:paste|upload|feed|drop|load|forward|send|email|share|give|hand|swap|trade|sell|offer|export)\w*\b[^\n]{0,60}?\b(?:patients?'?s?|their names|her name|his name|diagnos\w+|chart|intake|visit notes|medical records?|ehr|roster|recall list|patient list)\b[^\n]{0,80}?\b(?:chat-?bots?|chatgpt|gpt|ai\b|public|vendor|agency|freelanc\w+|freelancer|sponsor|rep\b|broker|partner|facebook|meta|google|tool|outside|ad credits|hasn't signed|without (?:a )?(?:baa|agreement|contract)|contract (?:can|later|to follow)|no (?:baa|agreement|contract))\b",
        r"\b(?:hasn't|haven't|has not|have not|didn't|never|not yet|without|no|before)\b[^.!?\n]{0,30}?\b(?:sign\w*|baa|business associate|agreement|contract|paperwork)\b[^\n]{0,120}?\b(?:patients?|list|data|records?|names|load|upload|send|go ahead|start|import|access)\b",
    ),
    unless=(
        r"\b(?:baa|business associate agreement|agreement) (?:is |was |has been )?(?:signed|in place|on file|executed|countersigned)|\b(?:signed|executed|current) (?:baa|business associate agreement)\b|\bunder (?:a|our|the) (?:baa|business associate agreement)\b",
        r"\b(?:no|not|never|without|do not|don't|cannot|removed|stripped|counts only|de-?identified|aggregate\w*|synthetic|dummy|test data)\b[^.!?\n]{0,50}\b(?:patients?|names|phi|identif\w+|records?|health information|data|share|send|upload|leave)\b",
    ),
)

NAMED_CARE = Detector(
    name="named_person_with_care",
    says="names a person beside a condition, a drug, a treatment or a result",
    itself=True,
    finds=(
        rf"\b(?:lead|passing|pass|sales|caller|prospect|upsell|note|forwarding|attaching|re|patient|pt|for)\b[^\n]{{0,30}}?(?-i:\b[A-Z][a-z]+\b)[^\n]{{0,70}}?\b(?:seen|treated|diagnosed|takes|taking|on|chart|history|a1c|complain\w*|tested|surgery|for|with|wants|had|has)\b[^\n]{{0,40}}?\b(?:{CONDITION}|{PROCEDURE}|a1c \d|insulin)\b",
        rf"(?-i:^|[\n.!?:\"] ?)(?:hi|hello|dear|hey|subject:|asunto:|reminder for|congrats|happy birthday|estimad[oa]|hola)?,? ?(?:mr|mrs|ms|sra?|don|dona)?\.? ?(?-i:[A-Z][a-z]+)(?:,|:| [A-Z][a-z]+,)[^\n]{{0,80}}?\b(?:your|you|tu|su|sus)\b[^\n]{{0,40}}?\b(?:{CONDITION}|surgery|crown|implant|root canal|biopsy|infusion|labs?|a1c|rehab|detox|clean|sober|drinking|insulina|embarazo|dolor|diabetes|cirugia|examen|resultados|prueba)\b",
        rf"\b(?:your|tu|su|sus)\b[^.!?\n]{{0,40}}?\b(?:{CONDITION}|labs|lab results|test|a1c|prescription|refill|biopsy|results|resultados|prueba|examen)\b[^.!?\n]{{0,40}}?\b(?:came back|is ready|are ready|ready|high|low|positive|negative|abnormal|lista|listos|llegaron|is due|refill)\b",
    ),
    unless=(r"\bdr\.? (?-i:[A-Z])|\b(?:md|do|dds|np|pa-c|rn)\b|\{\{",),
)

DETECTORS = (CONFIRMED, STORY, CARE_DETAIL, PASSED_ON, NAMED_CARE)
