"""What the reasoner without a model does with a fact, given what is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recollect.ports import Case, Flow
from recollect.reasoners.rules import RulesReasoner
from recollect.types import Decision, Draft, Fact, Record, Scope, Turn, text_hash

MONDAY = datetime(2024, 5, 13, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def result(flow: Flow[tuple[Fact, ...]] | Flow[tuple[Decision, ...]]) -> tuple[object, ...]:
    """What a flow returns that yields no request."""
    with pytest.raises(StopIteration) as stop:
        next(flow)
    found: tuple[object, ...] = stop.value.value
    return found


def told(*messages: str, at: datetime = MONDAY, name: str | None = None) -> list[Fact]:
    """The facts of messages of one speaker."""
    turns = [Turn(text=m, name=name, key=f"{at:%j}-{i}-{name}", position=i, at=at) for i, m in enumerate(messages)]
    return list(result(RulesReasoner().extract(turns, at)))  # type: ignore[arg-type]


def record(fact: Fact, memory: str) -> Record:
    """The fact as remembered under an id."""
    at = fact.observed_at or MONDAY
    fields = {name: getattr(fact, name) for name in Draft.__dataclass_fields__ if hasattr(fact, name)}
    return Record(
        **fields,
        kind="fact",
        scope=Scope(user="u"),
        id=memory,
        hash=text_hash(fact.text),
        version=1,
        created_at=at,
        updated_at=at,
    )


def decided(facts: list[Fact], remembered: list[Record]) -> list[Decision]:
    """Decisions for facts of one delivery: each sees what is remembered and the facts before it."""
    prospects = [record(fact, f"new{i}") for i, fact in enumerate(facts)]
    cases = [
        Case(
            number=i,
            fact=fact,
            candidates=(
                *remembered,
                *(p for p, f in zip(prospects[:i], facts, strict=False) if f.intent == "remember"),
            ),
        )
        for i, fact in enumerate(facts)
    ]
    return list(result(RulesReasoner().decide(cases, MONDAY + 9 * DAY)))  # type: ignore[arg-type]


def after(earlier: str, later: str) -> list[tuple[str, str]]:
    """Operation and revision of every fact of a later message, where the earlier one is remembered a week before."""
    remembered = [record(fact, f"old{i}") for i, fact in enumerate(told(earlier))]
    assert remembered, "the earlier message must state something"
    decisions = decided(told(later, at=MONDAY + 7 * DAY), remembered)
    for decision in decisions:
        assert decision.decider == "rules"
        assert decision.reason
        assert (decision.target is not None) == (
            decision.operation in {"UPDATE", "DELETE"}
        ) or decision.operation == "NONE"
    return [(d.operation, d.revision if d.operation == "UPDATE" else "") for d in decisions]


REPLACED = [
    ("I live in Oslo", "I moved to Paris"),
    ("I live in Oslo", "I live in Paris"),
    ("I live in Oslo", "I now live in Paris with my girlfriend"),
    ("My home is in Oslo", "Just relocated to Madrid!"),
    ("We live in Leeds", "We've moved to York"),
    ("I'm based in Berlin", "I moved from Berlin to Vienna last month"),
    ("I work at Acme", "I now work at Globex"),
    ("I work at Acme", "I got a new job at Globex"),
    ("I work for Acme", "I joined Globex last week"),
    ("I work at Acme as a nurse", "I started working at St. Olav's hospital"),
    ("I'm a nurse", "I'm a teacher now"),
    ("I work as a waiter", "I was promoted to manager"),
    ("I'm a junior developer at Acme", "I got promoted to team lead"),
    ("I'm 34", "I turned 35 yesterday"),
    ("I'm single", "I got engaged!"),
    ("I'm dating Tom", "Tom and I broke up"),
    ("I'm engaged to Lisa", "We got married on Saturday"),
    ("I'm married", "I'm divorced now"),
    ("I'm vegetarian", "I'm vegan now"),
    ("I'm vegan", "I eat meat again"),
    ("I eat meat", "I became a vegetarian"),
    ("I like tea", "I don't like tea any more"),
    ("I like tea", "I hate tea now"),
    ("I love running", "I don't enjoy running anymore"),
    ("I hate mushrooms", "I love mushrooms now"),
    ("I don't like cats", "I've grown to like cats"),
    ("I like tea", "I prefer coffee over tea now"),
    ("I prefer tea over coffee", "I prefer coffee over tea now"),
    ("I prefer aisle seats", "I prefer window seats now"),
    ("My favourite colour is green", "My favourite colour is blue"),
    ("My favorite band is Muse", "Radiohead is my favorite band now"),
    ("My phone number is 555 1234", "My new phone number is 555 9876"),
    ("My email is a@example.org", "My new email address is b@example.org"),
    ("I drive a Honda", "I drive a Tesla now"),
    ("My boss is Karen", "My new boss is Tom"),
    ("My boyfriend is called Max", "My new boyfriend is called Leo"),
    ("My sister lives in Rome", "My sister moved to Milan"),
    ("My brother Tom works at Fiat", "Tom works at Ferrari now"),
    ("My meeting with Dana is on Friday next week", "The meeting with Dana was moved to Monday"),
    ("I have a dentist appointment on the 24th", "My dentist appointment was rescheduled to the 27th"),
    ("The deadline is 30 May", "The deadline is now 15 June"),
    ("We're going to Rome in June", "We're going to Rome in July instead"),
    ("My budget is 500 euros", "My budget is 800 euros now"),
    ("I get up at 6", "I get up at 7 now"),
    ("I run three times a week", "I run five times a week now"),
    ("I don't have a car", "I have a car now"),
    ("I can't swim", "I can swim now"),
    ("I have a blue Honda", "I sold my Honda"),
    ("I have a dog named Rex", "My dog Rex died"),
    ("I work at Acme", "I quit my job"),
    ("I work at Acme", "I got laid off"),
    ("I live in Oslo", "I used to live in Oslo"),
    ("We booked a trip to Crete in July", "We cancelled the trip to Crete"),
    ("Always answer briefly", "From now on, please give detailed answers"),
    ("Reply in English", "Please reply in German from now on"),
    ("Never use emojis", "Always use emojis"),
    ("Call me Sam", "Call me Samuel from now on"),
    ("Our staging server is on port 8080", "Our staging server is on port 9090"),
    ("My wifi password is hunter2", "My wifi password is swordfish"),
    ("Tom's phone number is 123", "Tom's phone number is 456"),
    ("I'm on the billing team", "I switched to the search team"),
    ("The rent is 900 euros", "The rent went up to 950 euros"),
    ("My username is kim_1", "I changed my username to kim_2"),
    ("My email is a@example.org", "My email changed, it's b@example.org now"),
    ("My manager is Carol", "Carol isn't my manager anymore, it's Dave now"),
    ("We're planning a trip to Peru in July", "We had to postpone the Peru trip to September"),
    ("I gave up sugar", "I started eating sugar again"),
    ("I'm unemployed", "I got hired by Globex"),
    ("I work at Acme", "I'm retired now"),
    ("I study biology at the University of Graz", "I graduated in June"),
    ("I drink four cups of coffee a day", "I've cut down to one cup of coffee a day"),
    ("I play tennis on Mondays", "I play tennis on Wednesdays now"),
]

CORRECTED = [
    ("My name is John", "Actually, my name is spelled Jon"),
    ("My name is John", "It's Jon, not John"),
    ("My appointment is on Monday next week", "Sorry, I meant Tuesday"),
    ("I live in Oslo", "No wait, I live in Bergen"),
    ("I'm 34", "Correction: I'm 33"),
    ("My sister lives in Rome", "Sorry, my sister lives in Milan, not Rome"),
    ("I'm allergic to peanuts", "Actually I'm not allergic to peanuts after all"),
    ("My birthday is on 3 March", "Oops, my birthday is on 4 March"),
    ("I have three cats", "Sorry, I have two cats"),
    ("My phone number is 0555 1234", "Oops, wrong number: it's 0555 1235"),
    ("My order number is 4711", "That was wrong, my order number is 4712"),
]

DELETED = [
    ("I drink coffee", "I no longer drink coffee"),
    ("I work at Acme", "I don't work at Acme any more"),
    ("I live in Oslo", "I no longer live in Oslo"),
    ("I take Spanish lessons", "I stopped taking Spanish lessons"),
    ("I smoke", "I quit smoking"),
    ("I'm vegetarian", "I'm not vegetarian any longer"),
    ("I have a car", "I don't have a car anymore"),
    ("I like jazz", "Forget that I like jazz"),
    ("My phone number is 555 1234", "Please delete my phone number"),
    ("I live in Oslo", "Forget where I live"),
    ("I have asthma", "Please forget that I have asthma"),
    ("My sister is called Anna", "Forget what I said about my sister Anna"),
    ("We're planning a trip to Rome", "You can forget about the trip to Rome"),
    ("We're going camping in the Alps", "Forget about the Alps camping, we're not going"),
    ("I live in Oslo", "It's not true that I live in Oslo"),
    ("I play the violin", "I gave up playing the violin"),
    ("My birthday is 3 March", "Could you forget my birthday?"),
]

REPEATED = [
    ("I live in Oslo", "I live in Oslo"),
    ("I live in Oslo", "As I said, I live in Oslo!"),
    ("I live in Oslo", "My home is in Oslo"),
    ("I moved to Oslo", "I live in Oslo"),
    ("I live in Oslo, Norway", "I live in Oslo"),
    ("I work at Acme", "I'm working for Acme"),
    ("I work as a nurse", "I'm a nurse"),
    ("I'm vegetarian", "I'm a vegetarian"),
    ("I like tea", "I love tea"),
    ("I like tea", "I really enjoy tea"),
    ("I'm allergic to peanuts", "I have a peanut allergy"),
    ("My name is Sam", "I'm called Sam"),
    ("My favourite colour is blue", "Blue is my favorite color"),
    ("I have a dog named Rex", "I've got a dog called Rex"),
    ("My wife is called Anna", "My wife's name is Anna"),
    ("I'm 34 years old", "I'm 34"),
    ("Please always answer briefly", "Always answer briefly, please"),
    ("I have two kids", "I have 2 children"),
    ("We're going to Rome in June", "We are going to Rome"),
    ("I can't stand olives", "I hate olives"),
]

BESIDE = [
    ("I like tea", "I like coffee"),
    ("I like tea", "I don't like coffee"),
    ("I have a dog", "I have a cat"),
    ("I have a son", "I have a daughter"),
    ("I speak French", "I speak Italian"),
    ("I visited Rome in 2019", "I visited Paris in 2021"),
    ("I live in Oslo", "My sister lives in Rome"),
    ("My sister lives in Rome", "My brother lives in Milan"),
    ("My sister Anna lives in Rome", "My sister Lisa lives in Milan"),
    ("I live in Oslo", "I work at Acme"),
    ("I live in Oslo", "I lived in Rome as a child"),
    ("I live in Oslo", "I'm going to move to Berlin next year"),
    ("I live in Oslo", "I used to live in Rome"),
    ("I live in Oslo", "I have a garden"),
    ("My favourite colour is green", "My favourite food is pizza"),
    ("I'm allergic to peanuts", "I'm allergic to shellfish"),
    ("I prefer tea over coffee", "I prefer window seats"),
    ("I went running on Monday", "I went running on Friday"),
    ("My phone number is 555 1234", "Tom's phone number is 555 9876"),
    ("I work at Acme", "I worked at Globex for ten years"),
    ("My meeting with Dana is on Friday next week", "My meeting with Bob is on Thursday next week"),
    ("I have a dentist appointment tomorrow", "I have a dentist appointment in September"),
    ("My dog is called Rex", "My other dog is called Max"),
    ("I like jazz", "I stopped drinking coffee"),
    ("Always answer briefly", "Never use emojis"),
    ("I bought a guitar", "I sold my bike"),
    ("I'm a nurse", "My wife is a pilot"),
    ("I don't eat meat", "I don't eat fish"),
    ("I live in Oslo", "Our new flat has three rooms"),
    ("I play tennis on Mondays", "I play tennis on Fridays"),
    ("My mother's birthday is on 12 July", "Kim's birthday is on 3 June"),
    ("I planned a party for Kim", "I cancelled my gym membership"),
    ("My mother is 70", "My father is 72"),
    ("I want to learn Spanish", "I want to learn the piano"),
]


def name(pair: tuple[str, str]) -> str:
    """A readable test id."""
    return " / ".join(pair)[:70]


@pytest.mark.parametrize("pair", REPLACED, ids=map(name, REPLACED))
def test_a_new_value_supersedes_the_old_one(pair: tuple[str, str]) -> None:
    """When the world has changed, the old memory is updated, not doubled and not deleted."""
    assert after(*pair) == [("UPDATE", "supersede")]


@pytest.mark.parametrize("pair", CORRECTED, ids=map(name, CORRECTED))
def test_a_correction_corrects(pair: tuple[str, str]) -> None:
    """When the earlier statement was wrong, the memory is corrected over its whole time."""
    assert after(*pair) == [("UPDATE", "correct")]


@pytest.mark.parametrize("pair", DELETED, ids=map(name, DELETED))
def test_what_is_to_be_forgotten_or_has_ended_is_deleted(pair: tuple[str, str]) -> None:
    """A request to forget, or news that something no longer holds, deletes the memory that it matches."""
    assert after(*pair) == [("DELETE", "")]


@pytest.mark.parametrize("pair", REPEATED, ids=map(name, REPEATED))
def test_what_is_already_remembered_changes_nothing(pair: tuple[str, str]) -> None:
    """The same statement, in the same or in other words, is NONE."""
    assert after(*pair) == [("NONE", "")]


@pytest.mark.parametrize("pair", BESIDE, ids=map(name, BESIDE))
def test_what_can_stand_beside_is_added(pair: tuple[str, str]) -> None:
    """Another subject, another attribute, or one that may have many values leaves the old memory alone."""
    assert after(*pair) == [("ADD", "")]


@pytest.mark.parametrize(
    "later",
    [
        "Forget that I like jazz",
        "Please delete my phone number",
        "Forget my old address",
    ],
)
def test_a_request_to_forget_that_matches_nothing_changes_nothing(later: str) -> None:
    """Nothing is deleted on weak evidence, and the request itself is not kept."""
    (decision,) = decided(told(later, at=MONDAY + 7 * DAY), [record(told("I live in Oslo")[0], "old")])
    assert (decision.operation, decision.target) == ("NONE", None)
    assert decision.reason == "nothing remembered matches"


@pytest.mark.parametrize("request_", ["Please forget my phone number.", "Please forget my phone number 555-0148."])
def test_a_remark_on_phones_is_no_number(request_: str) -> None:
    """What is to be forgotten is the number, and that one where it is named."""
    remarks = ("Keep your answers short, because I read them on my phone", "My phone number is 555-0199")
    known = [record(told(text)[0], text) for text in remarks[: 1 if "555" not in request_ else 2]]
    (decision,) = decided(told(request_, at=MONDAY + DAY), known)
    assert (decision.operation, decision.target) == ("NONE", None)


def test_forgetting_everything_is_left_to_the_caller() -> None:
    """It is refused with the way to do it, and not answered as if there were nothing."""
    (decision,) = decided(
        told("Forget everything you know about me", at=MONDAY + DAY), [record(told("I like tea")[0], "t")]
    )
    assert (decision.operation, decision.status) == ("NONE", "rejected")
    assert "delete_all" in decision.reason


@pytest.mark.parametrize(
    "message",
    [
        "My friend said: I live in Rome",
        "Fix my grammar: I lives in Madrid.",
        "From: Bob\nI live in Lima.",
        "Translate this: I live in Tokyo.",
        "Could you rephrase this for me: I am a vegan.",
    ],
)
def test_words_of_others_are_no_facts_of_the_speaker(message: str) -> None:
    """Neither what is handed on nor what is to be worked on."""
    assert told(message) == []


def test_an_end_that_matches_nothing_is_news() -> None:
    """Nothing that was said is lost: what ended before it was ever remembered is remembered as ended."""
    assert after("I live in Oslo", "I quit smoking last month") == [("ADD", "")]
    assert after("I live in Oslo", "I no longer collect stamps") == [("ADD", "")]


def test_an_end_that_is_known_already_changes_nothing() -> None:
    """Who works at Globex is known to work at Acme no more."""
    assert after("I work at Globex", "I don't work at Acme any more") == [("NONE", "")]


def test_the_reason_names_the_rule_and_what_matched() -> None:
    """A reader of the audit sees attribute, subject and both values."""
    (decision,) = decided(told("I moved to Paris", at=MONDAY + DAY), [record(told("I live in Oslo")[0], "old")])
    assert decision.reason == "same attribute 'home' of 'I': 'Oslo' -> 'Paris'"
    assert decision.target == "old"


def test_an_older_message_cannot_overwrite_a_newer_memory() -> None:
    """A replayed old message is rejected, whether it would update or delete."""
    newer = [record(told("I live in Paris", at=MONDAY + 30 * DAY)[0], "paris")]
    for text in ("I live in Oslo", "Forget where I live"):
        (decision,) = decided(told(text), newer)
        assert (decision.operation, decision.status, decision.target) == ("NONE", "rejected", "paris")


@pytest.mark.parametrize("later", ["I live in Paris", "Forget where I live", "I live in Oslo"])
def test_the_memory_of_another_speaker_is_never_touched(later: str) -> None:
    """What Bob says neither repeats, changes nor ends what Ann said."""
    annas = [record(told("I live in Oslo", name="Ann")[0], "ann")]
    decision = decided(told(later, name="Bob", at=MONDAY + DAY), annas)[0]
    assert decision.target is None
    assert decision.operation in {"ADD", "NONE"}


def test_facts_of_one_delivery_see_each_other() -> None:
    """The same thing said twice is added once; said otherwise later, it is updated."""
    facts = told("I live in Oslo", "I live in Oslo!", "I moved to Paris")
    decisions = decided(facts, [])
    assert [(d.operation, d.target) for d in decisions] == [("ADD", None), ("NONE", "new0"), ("UPDATE", "new0")]


def test_an_updated_memory_is_seen_as_updated() -> None:
    """Oslo, Paris, Oslo: the third statement is no repetition of the first, which is gone."""
    remembered = [record(told("I live in Oslo")[0], "old")]
    facts = told("I moved to Paris", "I moved to Rome", "I live in Rome", at=MONDAY + DAY)
    decisions = decided(facts, remembered)
    assert [d.operation for d in decisions] == ["UPDATE", "UPDATE", "NONE"]
    assert {d.target for d in decisions} <= {"old", "new0", "new1"}
    assert "'Paris' -> 'Rome'" in decisions[1].reason


def test_a_deleted_memory_is_gone() -> None:
    """After it was forgotten in the same delivery, a statement is new again."""
    remembered = [record(told("I like jazz")[0], "old")]
    decisions = decided(told("Forget that I like jazz", "I like jazz", at=MONDAY + DAY), remembered)
    assert [(d.operation, d.target) for d in decisions] == [("DELETE", "old"), ("ADD", None)]


def test_an_end_with_a_new_beginning_is_one_update() -> None:
    """ "I no longer work at Acme, I work at Globex now" updates one memory and deletes none."""
    remembered = [record(told("I work at Acme")[0], "old")]
    decisions = decided(told("I no longer work at Acme, I work at Globex now", at=MONDAY + DAY), remembered)
    assert [(d.operation, d.target) for d in decisions] == [("NONE", None), ("UPDATE", "old")]


def test_an_update_of_one_value_keeps_the_others() -> None:
    """A new age does not lose the trade that was told with the old one."""
    remembered = [record(told("I'm a 28 year old carpenter")[0], "old")]
    (decision,) = decided(told("I turned 29", at=MONDAY + DAY), remembered)
    assert (decision.operation, decision.text) == ("UPDATE", "I'm a 29 year old carpenter")


def test_a_fragment_corrects_what_was_remembered_earlier() -> None:
    """ "I meant Tuesday" in a later delivery is merged into the memory that it corrects."""
    remembered = [record(told("I live in Oslo")[0], "home"), record(told("My exam is on Monday next week")[0], "exam")]
    (decision,) = decided(told("Sorry, I meant Tuesday", at=MONDAY + DAY), remembered)
    assert (decision.operation, decision.target, decision.revision) == ("UPDATE", "exam", "correct")
    assert decision.text == "My exam is on Tuesday next week"


def test_every_case_is_decided_in_order() -> None:
    """One decision a case, each by the rules, whatever the candidates."""
    facts = told("I live in Oslo", "I like tea", "My sister is called Anna", "Forget that I like tea")
    decisions = decided(facts, [])
    assert [d.operation for d in decisions] == ["ADD", "ADD", "ADD", "DELETE"]
    assert all(d.decider == "rules" for d in decisions)
