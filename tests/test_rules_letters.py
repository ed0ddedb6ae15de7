"""What the reasoner without a model does with what people tell in longer, more talkative messages."""

from __future__ import annotations

import pytest

from tests.test_rules_decide import DAY, MONDAY, after, decided, name, record, told

REPLACED = [
    ("I work at Google as an engineer", "I quit Google and joined Meta"),
    ("I take insulin", "I stopped insulin and started metformin"),
    ("My phone number is 555-0134", "I have a new number, which is 555-0177"),
    ("My dispatcher is Ron", "Mary is my dispatcher now"),
    ("My dispatcher's Ron", "Ron has retired, so my dispatcher's Mary now, 555-0101"),
    ("My dispatcher is Ron", "Mary replaced Ron as my dispatcher"),
    ("Our health visitor is Anne", "Our health visitor is now Joan, and she comes on Fridays"),
    ("My address is 5 Mill Lane", "We're at 19 Harbour View now"),
    ("We live at 5 Mill Lane, my brother and I", "We're at 19 Harbour View now"),
    ("The van's a white Kangoo and it's very old", "I've got a new van, a red Vito"),
    ("My van is a white Kangoo", "My van's a red Vito now"),
    ("The van's a white Kangoo", "Well, the Kangoo's gone."),
    ("I use Dunlop strings", "I've gone over to Thomastik strings"),
    ("The audit's March 3", "They moved the audit, it's March 10 now"),
    ("My eye test is on 3 May at 9", "Next, they moved my eye test, it's 10 May at eleven now"),
    ("Then there is Luis, my partner, and he paints", "Luis and I separated in March"),
    ("My boyfriend is called Tom", "We split up"),
    ("I'm vegetarian", "I have begun to eat fish, now and then"),
    ("My cat is called Minka", "We lost Minka on Sunday, it was her kidneys"),
    ("The cello is old. It is a Hofner from 1950", "I gave the Hofner back last week"),
    ("I work as a nurse at a clinic", "I now work as a district nurse"),
    ("The picnic's July 18", "The picnic's been put off. The field flooded, so now it's July 25 at the lake"),
    ("My physio is on Thursdays at 4 with Jan", "Physio's Tuesday at five from now on"),
    ("Our vet is Dr. Hall", "We've got a new vet, Dr. Singh"),
    ("I have a cat called Pebble", "Pebble had to be put to sleep on Friday"),
    ("I swim on Tuesday mornings", "I don't swim on Tuesdays any more, it's Thursdays now"),
    ("I traded in nothing so far. My lorry is called Berta", "I traded Berta in"),
]
CORRECTED = [
    (
        "Our allotment is plot 7 on Mill Road",
        "I gave you the wrong number for the allotment. It's plot 17",
        "Our allotment is plot 17 on Mill Road",
    ),
    (
        "In May I move to Delft, Rietveld 51, top floor",
        "I let you believe the wrong house number. It's Rietveld 15, I had it the wrong way round.",
        "In May I move to Delft, Rietveld 15, top floor",
    ),
    (
        "I have the flute from 1911",
        "I must correct myself. The dealer wrote and it says 1921. I have always been telling people 1911.",
        "I have the flute from 1921",
    ),
    ("I have the flute from 1911", "I told you 1911, but the label says 1921", "I have the flute from 1921"),
]
DELETED = [
    ("Olga's number is 0412 555 010.", "Forget Olga's number, would you, it is none of my business."),
    ("I take ibuprofen every day", "The doctor took me off the ibuprofen, too."),
    ("I take insulin twice a day", "I don't need the insulin any more"),
    ("I teach at the academy in Ghent", "I don't teach there any more"),
    ("I smoke ten cigarettes a day", "I quit smoking on New Year's Eve, ten weeks ago"),
    (
        "The safe has a keypad, the code is 9035",
        "There's something I want you to forget, and that's the code of the safe",
    ),
    ("My salary is 3200 euros", "What I said about my salary, please don't keep that"),
    ("I owe Sam 200 euros", "Could you do me a favour and forget what I said about Sam?"),
]
REPEATED = [
    (
        "I'm allergic to bee stings",
        "Bees in the roof again, and you know how it is with me, I'm allergic to the things",
    ),
    ("I'm allergic to peanuts", "I'll tell them no peanuts, I'm allergic, before they cook"),
    ("I'm allergic to sesame seeds", "I told the waiter twice that I'm allergic to sesame seeds"),
    ("I'm allergic to iodine", "The nurse nearly used iodine before I said I'm allergic to iodine"),
    ("My son Leo is allergic to eggs", "The cake was out of the question because Leo is allergic to eggs"),
    ("I am a vegan, since I was twenty", "As you know I'm vegan, and honey is out."),
    ("I don't drink alcohol", "As you know I don't drink."),
    ("My mum's birthday is 14 June", "Mum's birthday is on the 14th of June"),
    ("I work at Statoil as a geologist", "I still work at Statoil, in spite of everything"),
]
BESIDE = [
    ("Olga moved to Perth.", "Forget Olga's number, would you, it is none of my business."),
    ("I'm vegetarian, and walnuts are out.", "I'm no longer a vegetarian"),
    ("I play tennis on Fridays and take my sister along", "I don't play tennis any more"),
    ("My sister has left, so my landlord's Peter now", "I meant to say that and left out the Dunes."),
    ("I'm allergic to cats", "My daughter is allergic to cats too"),
    ("The wedding's October 10", "I had a scan, it's nothing serious"),
    ("My boyfriend is called Tom", "Ann and I split up"),
    ("I take metformin and aspirin every day", "The doctor took me off the aspirin"),
    ("My van is a white Kangoo", "The van is at the garage"),
    ("My van is a white Kangoo", "My brother's van is a red Vito"),
    ("I have a van, a Kangoo", "I've got a new van key"),
    ("I paid 300 euros for the bike", "I got the year wrong. It's 2019"),
    ("I use Linux at work", "I switched to decaf at work"),
    ("I live at 5 Mill Lane", "We're at 12 Grand Hotel for the weekend"),
    ("I have a dentist appointment on 3 May", "The vet moved Bella's appointment, it's 10 May now"),
    ("I teach piano at home. I teach violin at school", "I don't teach there any more"),
    ("My dispatcher is Ron", "My wife's dispatcher is Ann"),
    ("I have two dogs, Rex and Mo", "Rex died last week"),
    ("We have a car. The telephone is 555-0137, in the hall", "We had the car taken away"),
]
UNSAID = [
    "which at this price sounds like a joke",
    "My nephew says you'll keep all this in mind",
    "We'll see.",
    "I'll be honest with you",
    "I've got some news",
    "The council might have me for the park",
    "Let us please not talk about it.",
    "Help me not to lose it.",
    "She would only laugh.",
]
STATED = [
    (
        "We have two children, Ida, who's a nurse in Hull, and Ben, who's at sea",
        ["We have two children, Ida and Ben", "Ida's a nurse in Hull", "Ben's at sea"],
    ),
    (
        "My dispatcher's Ron and his number is 555-0142",
        ["My dispatcher's Ron", "my dispatcher Ron's number is 555-0142"],
    ),
    ("Doctor stuff: I've got asthma", ["I've got asthma"]),
    (
        "The office forgot that I'm allergic to latex",
        ["The office forgot that I'm allergic to latex", "I'm allergic to latex"],
    ),
    ("I dug out the rent letter and it's plot 9", ["I dug out the rent letter"]),
]


@pytest.mark.parametrize("pair", REPLACED, ids=map(name, REPLACED))
def test_a_new_state_replaces_the_old_one(pair: tuple[str, str]) -> None:
    """News told in passing updates the memory that it is about, and deletes nothing."""
    operations = [operation for operation, _ in after(*pair)]
    assert "UPDATE" in operations
    assert "DELETE" not in operations


@pytest.mark.parametrize(("earlier", "later", "text"), CORRECTED, ids=[later[:50] for _, later, _ in CORRECTED])
def test_a_number_is_put_right_where_it_stands(earlier: str, later: str, text: str) -> None:
    """A correction changes the wrong number and leaves the rest of the memory as it is."""
    remembered = [record(fact, f"old{i}") for i, fact in enumerate(told(earlier))]
    facts = told(later, at=MONDAY + 7 * DAY)
    pairs = zip(facts, decided(facts, remembered), strict=True)
    assert [(d.text or f.text, d.revision) for f, d in pairs if d.operation == "UPDATE"] == [(text, "correct")]


@pytest.mark.parametrize("pair", DELETED, ids=map(name, DELETED))
def test_what_has_ended_or_is_to_be_forgotten_goes(pair: tuple[str, str]) -> None:
    """A plain end, or a request to forget, deletes the memory that it means."""
    assert "DELETE" in [operation for operation, _ in after(*pair)]


@pytest.mark.parametrize("pair", REPEATED, ids=map(name, REPEATED))
def test_what_is_known_is_not_remembered_twice(pair: tuple[str, str]) -> None:
    """A fact that is said again within a longer sentence, or as known, is NONE."""
    assert {operation for operation, _ in after(*pair)} == {"NONE"}


@pytest.mark.parametrize("pair", BESIDE, ids=map(name, BESIDE))
def test_no_memory_is_lost_to_what_is_not_about_it(pair: tuple[str, str]) -> None:
    """What ends, corrects or tells something else leaves the memory alone."""
    assert {operation for operation, _ in after(*pair)} <= {"ADD", "NONE"}


@pytest.mark.parametrize("message", UNSAID)
def test_what_tells_nothing_is_not_remembered(message: str) -> None:
    """Comments, announcements and suppositions are no facts."""
    assert told(message) == []


@pytest.mark.parametrize(("message", "texts"), STATED, ids=[message[:40] for message, _ in STATED])
def test_a_sentence_is_cut_into_what_it_states(message: str, texts: list[str]) -> None:
    """Relative clauses and what is announced by a colon are statements of their own."""
    assert [fact.text for fact in told(message)] == texts
