"""Capitalised words of a casebook that are nobody's name, in small letters."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What stands before a name.
TITLES = words(
    """
    M. Mr Mr. Mrs Mrs. Ms Ms. Miss Mme Mme. Mlle Mlle. Dr Dr. Dre Dre. Drs Drs. Prof Prof. Pr Pr.
    Monsieur Madame Mademoiselle Docteur Docteure Professeur Professeure Doctor Professor
    Herr Herrn Frau Hr. Hrn. Fr. Mevr. mevr. Mevr mevr Mw. mw. Dhr. dhr. Dhr dhr Mevrouw mevrouw
    Meneer meneer
    """
)
ROLES = words(
    """
    patient patiente patientin patiënt patiënte participant participante proband probandin malade
    subject teilnehmer teilnehmerin deelnemer deelneemster
    """
)
PARTICLES = words("de du des le la da di van von vom zu zum zur der den ter ten el al ben")
# Diseases, signs and scores called after somebody; scales, drugs, places of the work.
NOT_NAMES = words(
    """
    alzheimer barrett basedow bechterew boerhaave child child-pugh clavien clavien-dindo cooper
    crohn cushing dindo ecog fuhrman gilbert gleason graves guillain-barré hashimoto hodgkin horner
    karnofsky ki kaposi langerhans lynch marfan menetrier mallory-weiss meckel merkel murphy oddi
    paget parkinson peyronie pugh quincke raynaud recist sjögren stevens-johnson sézary treitz
    vater virchow weiss whipple wilson wirsung zenker zollinger zollinger-ellison ellison vipoma
    doppler kaplan-meier billroth roux roux-en-y seldinger
    somatuline lanreotide sandostatin sandostatine octreotide afinitor everolimus sutent sunitinib
    temodal temozolomide dacarbazine streptozotocin streptozotocine oxaliplatin xeloda capecitabine
    lutathera folfox folfiri doliprane dafalgan paracetamol creon omeprazole inexium pantoprazole
    imodium loperamide lasilix kardegic levothyrox metformin metformine lovenox xarelto eliquis
    spasfon solupred plavix tahor coversyl amlor ventoline seresta tramadol oramorph skenan
    covid pcr scanner ct mri irm tep pet octreoscan thorax abdomen pelvis
    adverse baseline consent event follow-up form injection laboratory month randomisation
    randomised screening treatment unscheduled visit assessment progression response disease status
    consentement inclusion visite suivi traitement évaluation maladie réponse mois
    behandlung einschluss untersuchung besuch dosis therapie übelkeit durchfall schmerzen müdigkeit
    bezoek behandeling onderzoek dosering misselijkheid
    charcot marie-tooth tooth small white kidney fall pain nausea vomiting fatigue fever spinal
    abdominal pelvic hepatic renal cardiac
    refused refuse refusal declined reports reported says stopped said died alive asked started
    january february march april may june july august september october november december
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    januar februar märz juni juli oktober dezember januari februari maart mei augustus
    monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi
    samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag maandag dinsdag
    woensdag donderdag vrijdag zaterdag zondag
    paris lyon dijon bordeaux marseille lille london dublin berlin hamburg münchen heidelberg
    bruxelles brussel leuven gent antwerpen london cork
    """
)
# After "patient", a word that ends so is no surname, unless the lists have it.
NOUN_ENDINGS = (
    "tis", "osis", "ose", "mia", "mie", "gia", "gie", "ria", "rie", "tion", "sion", "thy", "thie",
    "ment", "ing", "ed", "al", "ic", "ique", "ism", "isme", "oma", "ome", "ure", "ness", "ity",
    "ité", "pnea", "pnée", "rrhea", "rrhée", "xia", "xie", "ung", "keit", "heit", "schmerzen",
    "ea", "ée", "er", "ant", "ent",
)  # fmt: skip
# A name beside one of these is a place's or a sign's, not a person's.
OF_A_PLACE = words(
    """
    hôpital hospital hopital hôpitaux clinique clinic centre center chu ch chr chru clcc institut
    institute institution klinik klinikum krankenhaus ziekenhuis polyclinique hôtel-dieu université
    universität university laboratoire laboratory labor laboratorium cabinet rue street avenue
    syndrome syndrom syndroom maladie disease morbus signe sign score classification scale échelle
    échelle grade stage stade diverticule ampoule test triade tumeur tumour
    """
)
# First names that are words too: they count only beside a known last name.
UNSURE_FIRST_NAMES = words(
    """
    amber an angel april art asia august austin autumn bo bob candy carol chance chase cherry
    claude clementine cord daisy dale dan dean dolores dominica drew earl eden erica ernst eva
    faith fern floor flora florence france gene georgia ginger gloria grace grant guy heather
    holly hope ida iris ivy jade jasmine jay jo joy june kai kay kim lance lee leo lily long lou
    luna lyn lys mag malin marin mark mars max may melody merle mia miles mina miss nick nova
    olive oral pat patience penny poppy ray rich rob robin rock rosa rose rosemary roy ruby sage
    sam sandy sienna sky stella sterling sue summer sunny sylvester tim tom trinity ursula val
    van vera victor victoria viola violet vita wade ward wayne will willow wolf
    """
)
