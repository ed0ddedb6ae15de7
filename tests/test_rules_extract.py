"""What the reasoner without a model finds in messages."""

from __future__ import annotations

from datetime import UTC, datetime
from timeit import timeit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recollect.ports import Flow
from recollect.reasoners.rules import RulesReasoner
from recollect.types import Fact, Turn

SAID = datetime(2024, 5, 15, 13, 30, tzinfo=UTC)  # a Wednesday
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SALAD = (
    *"?!.,'\"(-",
    "I",
    "my",
    "we",
    "not",
    "if",
    "and",
    "5 May",
    "is",
    "am",
    "live in Oslo",
    "forget that",
    "no longer",
)


def result(flow: Flow[tuple[Fact, ...]]) -> tuple[Fact, ...]:
    """What a flow returns that yields no request."""
    with pytest.raises(StopIteration) as stop:
        next(flow)
    facts: tuple[Fact, ...] = stop.value.value
    return facts


def extract(*messages: str | Turn, role: str = "user", at: datetime = SAID, tz: str | None = None) -> tuple[Fact, ...]:
    """Facts of messages, given as texts of one speaker or as turns."""
    turns = [
        m if isinstance(m, Turn) else Turn(text=m, role=role, key=f"key{i}", position=i, at=at)
        for i, m in enumerate(messages)
    ]
    facts = result(RulesReasoner(tz=tz).extract(turns, NOW))
    for fact in facts:
        assert fact.sources[0].quote in {t.key: t.text for t in turns}[fact.sources[0].key]
    return facts


STATED: list[tuple[str, list[str]]] = [
    # plain statements, with greetings, fillers and hedges
    ("Hey! Well, I live in Oslo.", ["I live in Oslo"]),
    ("hi there, i live in bergen", ["i live in bergen"]),
    ("Good morning! I work as a nurse.", ["I work as a nurse"]),
    ("Thanks! By the way, my birthday is on 3 March.", ["my birthday is on 3 March"]),
    ("So, honestly, I can't stand olives.", ["I can't stand olives"]),
    ("Oh and I forgot to mention that I'm left-handed.", ["I'm left-handed"]),
    ("I think I need new glasses", ["I need new glasses"]),
    ("To be honest, I really dislike my commute.", ["I really dislike my commute"]),
    ("Just so you know, my flight lands at 9pm.", ["my flight lands at 9pm"]),
    ("Yeah, I adopted a cat last week lol", ["I adopted a cat last week"]),
    ("Ok. I'm 41 years old.", ["I'm 41 years old"]),
    ("Fun fact: I once climbed Kilimanjaro.", ["I once climbed Kilimanjaro"]),
    ("As I said, I'm vegan.", ["I'm vegan"]),
    ("I already told you I'm allergic to cats!", ["I'm allergic to cats"]),
    ("Sam, my car is in the garage until Friday.", ["my car is in the garage until Friday"]),
    ("Guess what! I got promoted!", ["I got promoted"]),
    ("You know what? I quit my job.", ["I quit my job"]),
    ("My name is Priya, nice to meet you!", ["My name is Priya"]),
    # several statements
    ("I live in Oslo and I work at Acme.", ["I live in Oslo", "I work at Acme"]),
    ("I live in Oslo and work at Acme.", ["I live in Oslo", "I work at Acme"]),
    ("I have two kids. My wife is a dentist.", ["I have two kids", "My wife is a dentist"]),
    ("I'm 29, live in Lyon and work as a baker.", ["I'm 29", "I live in Lyon", "I work as a baker"]),
    ("I used to smoke but I run marathons now.", ["I used to smoke", "I run marathons now"]),
    ("My brother lives in Rome; my sister lives in Milan.", ["My brother lives in Rome", "my sister lives in Milan"]),
    ("I'm a teacher, but my husband is a pilot.", ["I'm a teacher", "my husband is a pilot"]),
    ("I moved to Ghent in May and I love it here.", ["I moved to Ghent in May"]),
    ("I went to the dentist yesterday and it was awful.", ["I went to the dentist yesterday"]),
    ("My wife and I love sailing.", ["My wife and I love sailing"]),
    ("We have a garden and our neighbours have a pool.", ["We have a garden", "our neighbours have a pool"]),
    # lists
    ("I like tea, jazz and hiking.", ["I like tea", "I like jazz", "I like hiking"]),
    ("I love fish and chips.", ["I love fish and chips"]),
    ("I speak Dutch and German.", ["I speak Dutch", "I speak German"]),
    ("I'm allergic to peanuts and shrimp.", ["I'm allergic to peanuts", "I'm allergic to shrimp"]),
    (
        "I enjoy walking on the beach and watching the sun set.",
        ["I enjoy walking on the beach and watching the sun set"],
    ),
    # abbreviations, numbers, addresses, emoji, lists
    ("I saw Dr. Smith at 5 p.m. yesterday.", ["I saw Dr. Smith at 5 p.m. yesterday"]),
    ("My rent is 950.50 euros.", ["My rent is 950.50 euros"]),
    ("My site is https://example.org/a.b?c=d.", ["My site is https://example.org/a.b?c=d"]),
    ("I passed my exam 🎉🎉 I'm so happy 😊", ["I passed my exam"]),
    ("About me:\n- I live in Kyiv\n- I have a dog", ["I live in Kyiv", "I have a dog"]),
    ("1. I hate mornings\n2. I drink a lot of coffee", ["I hate mornings", "I drink a lot of coffee"]),
    # ellipsis of the subject
    ("Just moved to Berlin!", ["I just moved to Berlin"]),
    ("Got a new job at Siemens.", ["I got a new job at Siemens"]),
    ("Gonna visit my parents next weekend.", ["I'm gonna visit my parents next weekend"]),
    ("Been learning Greek since January.", ["I've been learning Greek since January"]),
    ("Adopted two kittens yesterday 🐱", ["I adopted two kittens yesterday"]),
    # other people
    ("My sister Anna moved to Berlin.", ["My sister Anna moved to Berlin"]),
    (
        "My sister Anna moved to Berlin. She works at Fiat.",
        ["My sister Anna moved to Berlin", "my sister Anna works at Fiat"],
    ),
    ("I have a dog named Rex. He's afraid of thunder.", ["I have a dog named Rex", "my dog Rex is afraid of thunder"]),
    ("Tom's birthday is May 5th.", ["Tom's birthday is May 5th"]),
    ("Anna is pregnant.", ["Anna is pregnant"]),
    ("My mother-in-law hates flying.", ["My mother-in-law hates flying"]),
    ("Our landlord raised the rent.", ["Our landlord raised the rent"]),
    ("My doctor told me to cut down on salt.", ["My doctor told me to cut down on salt"]),
    # things, plans, events
    ("The deadline is next Friday.", ["The deadline is next Friday"]),
    ("Our staging server is on port 8080.", ["Our staging server is on port 8080"]),
    ("My order number is 4711.", ["My order number is 4711"]),
    ("My laptop keeps crashing.", ["My laptop keeps crashing"]),
    ("We're flying to Lisbon in June.", ["We're flying to Lisbon in June"]),
    ("I want to learn the cello.", ["I want to learn the cello"]),
    ("I'd like to visit Japan someday.", ["I'd like to visit Japan someday"]),
    ("I'm thinking about buying a house.", ["I'm thinking about buying a house"]),
    ("I have a job interview on Monday at 10am.", ["I have a job interview on Monday at 10am"]),
    ("Yesterday I ran my first marathon!", ["Yesterday I ran my first marathon"]),
    ("In 2019 I moved to Porto.", ["In 2019 I moved to Porto"]),
    ("It's my daughter's birthday tomorrow.", ["It's my daughter's birthday tomorrow"]),
    ("There's a nice park near my house.", ["There's a nice park near my house"]),
    ("You can reach me at kim@example.org.", ["You can reach me at kim@example.org"]),
    ("I think Python is fun.", ["I think Python is fun"]),
    ("Blue is my favourite colour.", ["Blue is my favourite colour"]),
    ("I feel sick when I eat dairy.", ["I feel sick when I eat dairy"]),
    ("I can't sleep if I drink coffee late.", ["I can't sleep if I drink coffee late"]),
    # wishes and requests to remember
    ("Please always answer briefly.", ["always answer briefly"]),
    ("From now on, reply in German.", ["From now on, reply in German"]),
    ("Could you please always use metric units?", ["always use metric units"]),
    ("Never use emojis.", ["Never use emojis"]),
    ("Don't call me Sir.", ["Don't call me Sir"]),
    ("Call me Sam.", ["Call me Sam"]),
    ("Keep your answers short.", ["Keep your answers short"]),
    ("Remember that I'm allergic to nuts.", ["I'm allergic to nuts"]),
    ("Please remember: my locker code is 4417.", ["my locker code is 4417"]),
    ("Can you remember that I park on level 3?", ["I park on level 3"]),
    ("Don't forget that the gym closes at 8.", ["the gym closes at 8"]),
    ("Keep in mind that we have no car.", ["we have no car"]),
    # a statement before a question
    ("I live in Oslo, do you know any good cafés?", ["I live in Oslo"]),
    ("I'm vegetarian, so what can I cook tonight?", ["I'm vegetarian"]),
    ("Since I'm vegan, what should I order?", ["I'm vegan"]),
    ("We're going to Crete next week - any tips?", ["We're going to Crete next week"]),
    # corrections said as whole statements
    ("Sorry, my name is spelled Jon.", ["my name is spelled Jon"]),
    ("Actually, I live in Utrecht.", ["I live in Utrecht"]),
    # other languages stay as they are
    ("Ich wohne in Hamburg und arbeite bei der Post.", ["Ich wohne in Hamburg und arbeite bei der Post"]),
    ("J'habite à Lyon depuis 2010.", ["J'habite à Lyon depuis 2010"]),
    ("Vivo en Madrid con mi familia.", ["Vivo en Madrid con mi familia"]),
    ("我住在北京。", ["我住在北京"]),
    ("Я живу в Москве.", ["Я живу в Москве"]),
    ("私は東京に住んでいます。", ["私は東京に住んでいます"]),
    ("أعيش في القاهرة", ["أعيش في القاهرة"]),
]

SILENT = [
    "Hi!",
    "Hello there, how are you?",
    "Good morning",
    "Thanks a lot!",
    "Thank you so much, that helps.",
    "Ok, sounds good!",
    "lol",
    "👍👍",
    "...",
    "I'm fine, thanks!",
    "I'm good, and you?",
    "I agree with you.",
    "I see.",
    "I see what you mean.",
    "I don't know.",
    "I'm not sure.",
    "I guess so.",
    "I hope you're well!",
    "I'm so happy for you!",
    "I'm sorry to hear that.",
    "I can't wait to see it!",
    "I have a question.",
    "I need your help.",
    "I was just wondering.",
    "I love that idea!",
    "I love it!",
    "That's great!",
    "That makes sense.",
    "You're welcome.",
    "You live in Paris.",
    "See you tomorrow!",
    "Have a nice day.",
    "Let me know.",
    "No worries.",
    "Never mind.",
    "Forget it.",
    "Nice to meet you.",
    "Congrats on the new job!",
    "What's my name?",
    "Do you know where I live?",
    "Where do I live",
    "Do you remember that I like jazz?",
    "Is my sister older than me?",
    "Can you help me write an email to my boss?",
    "Who doesn't love pizza?",
    "How do I get to the station?",
    "What should I wear to my interview tomorrow?",
    "Any tips for my trip?",
    "If I lived in Oslo, I would ski every day.",
    "If it rains tomorrow, I'll stay home.",
    "I would move to Rome if I had the money.",
    "I'd love it if you could help.",
    "I wish I had a dog.",
    "Imagine I was the king of Spain.",
    "Suppose I have three apples.",
    "Let's say I work at NASA.",
    "What if I moved to Mars?",
    "I should have stayed in bed.",
    "I could eat a horse.",
    "I'm the queen of England, just kidding!",
    "I live on the moon. Just kidding!",
    "I have twelve wives, jk",
    "I dreamt that I could fly.",
    "In my novel I am a pirate.",
    "Python is a programming language.",
    "The weather is nice today.",
    "The movie was great.",
    "Paris is the capital of France.",
    "My mom says hi.",
    "Book me a table for two at 7pm.",
    "Tell me a joke.",
    "Write a poem about my cat.",
    "Translate this into French.",
    "Delete the last line.",
    "Show me the code.",
    "Let's go!",
    "```\nI live in Oslo\n```",
    "> I live in Oslo",
    "<memories>\nI live in Oslo\n</memories>",
    "¿Dónde vives?",
    "Wo wohnst du?",
    "你住在哪里？",
    "Hola!",
    "Merci beaucoup !",
    "ありがとう",
    "it was so powerful",
    "I'm looking for a good Italian restaurant.",
    "I'd like to know more about that.",
    "I'll think about it.",
    "I'm so excited!",
]


@pytest.mark.parametrize(("message", "texts"), STATED, ids=[message[:40] for message, _ in STATED])
def test_each_statement_becomes_one_fact(message: str, texts: list[str]) -> None:
    """Statements worth remembering are kept in the speaker's words, one fact each."""
    assert [fact.text for fact in extract(message)] == texts


@pytest.mark.parametrize("message", SILENT, ids=[message[:40] for message in SILENT])
def test_what_states_nothing_yields_nothing(message: str) -> None:
    """Small talk, questions, hypotheses, jokes, quotations and requests are no facts."""
    assert extract(message) == ()


DATED = [
    ("I saw a play yesterday.", "2024-05-14"),
    ("I met Kim last Friday.", "2024-05-10"),
    ("I met Kim on Monday.", "2024-05-13"),
    ("I'm meeting Kim on Monday.", "2024-05-20"),
    ("We married two weeks ago.", "2024-05-01"),
    ("My exam is next month.", "2024-06-01"),
    ("My exam is on 5 June.", "2024-06-05"),
    ("My exam was on 5 June.", "2023-06-05"),
    ("My exam is on June 5th, 2025.", "2025-06-05"),
    ("I went to Peru in 2022.", "2022-01-01"),
    ("We're going camping this weekend.", "2024-05-18"),
    ("I went camping last weekend.", "2024-05-11"),
    ("My flight leaves tomorrow at 7am.", "2024-05-16"),
    ("I'm flying home in three days.", "2024-05-18"),
    ("I visited Nice in August.", "2023-08-01"),
    ("I'm visiting Nice in August.", "2024-08-01"),
    ("I booked a hotel for 12 July.", "2024-07-12"),
    ("The contract ends on 2024-12-31.", "2024-12-31"),
    ("The deadline is Friday next week.", "2024-05-24"),
]

UNDATED = [
    "I may sell my bike.",
    "My sister works at March Books.",
    "I run every Monday.",
    "I have three kids.",
    "I sat in my garden.",
    "I like the sun.",
    "My second dog is called Max.",
    "I'm 34 years old.",
]


@pytest.mark.parametrize(("message", "day"), DATED)
def test_an_event_is_dated_from_its_message(message: str, day: str) -> None:
    """Relative dates count from the message's own time, in the direction of the tense, never from now."""
    (fact,) = extract(message)
    assert fact.event_at is not None
    assert fact.event_at.date().isoformat() == day
    assert fact.observed_at == SAID


@pytest.mark.parametrize("message", UNDATED)
def test_a_word_that_only_looks_like_a_date_is_none(message: str) -> None:
    """Names, modal verbs, counts, ages and habits give no event time."""
    (fact,) = extract(message)
    assert fact.event_at is None


def test_days_are_counted_in_the_zone_of_the_speaker() -> None:
    """Late in the evening in UTC it is already tomorrow in Tokyo."""
    late = datetime(2024, 5, 15, 22, tzinfo=UTC)
    (utc,) = extract("I saw a play yesterday.", at=late)
    (tokyo,) = extract("I saw a play yesterday.", at=late, tz="Asia/Tokyo")
    assert utc.event_at is not None
    assert tokyo.event_at is not None
    assert (utc.event_at.day, tokyo.event_at.day) == (14, 15)


def test_an_hour_is_an_hour_of_the_zone_of_the_speaker() -> None:
    """Seven in the evening in New York is eleven at night in UTC in summer."""
    (fact,) = extract("My train leaves tomorrow at 7pm.", tz="America/New_York")
    assert fact.event_at == datetime(2024, 5, 16, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "day"),
    [
        ("I've lived in Oslo since March.", "2024-03-01"),
        ("I've worked at Acme since 2019.", "2019-01-01"),
        ("Starting next week I work at Globex.", "2024-05-22"),
        ("I've been vegan for two years.", "2022-05-15"),
        ("I work from home from Monday on.", "2024-05-20"),
    ],
)
def test_a_stated_beginning_is_when_it_holds_from(message: str, day: str) -> None:
    """ "since" and "from … on" say since when a statement is true."""
    (fact,) = extract(message)
    assert fact.valid_from is not None
    assert fact.valid_from.date().isoformat() == day


def test_without_a_stated_beginning_there_is_none() -> None:
    """A plain statement leaves it open since when it holds."""
    (fact,) = extract("I live in Oslo.")
    assert fact.valid_from is None


@pytest.mark.parametrize(
    ("message", "category"),
    [
        ("I moved to Oslo.", "home"),
        ("I work at Acme.", "employer"),
        ("I work as a nurse.", "job"),
        ("My name is Kim.", "name"),
        ("I'm 34.", "age"),
        ("My birthday is May 5th.", "birthday"),
        ("I'm married.", "relationship"),
        ("I have a dog.", "pet"),
        ("I'm vegan.", "diet"),
        ("I'm allergic to nuts.", "allergy"),
        ("My phone number is 555 1234.", "phone"),
        ("My email is a@example.org.", "email"),
        ("I speak Dutch.", "language"),
        ("I like jazz.", "preference"),
        ("My favourite film is Alien.", "preference"),
        ("Always answer briefly.", "instruction"),
        ("I have asthma.", "health"),
        ("We're going to buy a boat.", "plan"),
    ],
)
def test_a_known_attribute_names_the_category(message: str, category: str) -> None:
    """The category is the name of the attribute."""
    (fact,) = extract(message)
    assert fact.category == category


@pytest.mark.parametrize(
    "message",
    [
        "I'm in a meeting right now.",
        "I have a headache today.",
        "This afternoon I'm at the dentist.",
        "I'm working from home today.",
        "I'm at the airport at the moment.",
    ],
)
def test_what_is_good_only_for_now_is_temporary(message: str) -> None:
    """Passing states are marked, so that they expire."""
    (fact,) = extract(message)
    assert fact.temporary


@pytest.mark.parametrize(
    "message",
    [
        "I got promoted today!",
        "I'm currently living in Oslo.",
        "I work at Acme at the moment.",
        "I start my new job today.",
        "I have a dog.",
    ],
)
def test_what_lasts_is_not_temporary(message: str) -> None:
    """News of today, and states that last, stay."""
    (fact,) = extract(message)
    assert not fact.temporary


@pytest.mark.parametrize(
    ("message", "sensitivity"),
    [
        ("My wifi password is hunter2.", "secret"),
        ("My card number is 4111 1111 1111 1111.", "secret"),
        ("My PIN is 4417.", "secret"),
        ("I was diagnosed with diabetes.", "sensitive"),
        ("I'm Catholic, and I vote for the Greens.", "sensitive"),
        ("My salary is 50k.", "sensitive"),
        ("I'm gay.", "sensitive"),
        ("I live in Oslo.", "personal"),
    ],
)
def test_delicate_facts_are_marked(message: str, sensitivity: str) -> None:
    """Secrets and special categories of personal data are told apart from the rest."""
    assert extract(message)[0].sensitivity == sensitivity


@pytest.mark.parametrize(
    ("message", "cue"),
    [
        ("I no longer drink coffee.", "I drink coffee"),
        ("I don't work at Acme any more.", "I work at Acme"),
    ],
)
def test_news_of_an_end_is_searched_by_what_held(message: str, cue: str) -> None:
    """It is a fact, and its cue finds what it ends."""
    (fact,) = extract(message)
    assert (fact.intent, fact.cues[0]) == ("remember", cue)


@pytest.mark.parametrize(
    ("message", "text", "cue"),
    [
        ("Forget that I like jazz.", "I like jazz", "I like jazz"),
        ("Please delete my phone number.", "my phone number", "my phone number"),
        ("Could you forget about my trip to Rome?", "my trip to Rome", "my trip to Rome"),
        ("It's not true that I live in Oslo.", "I live in Oslo", "I live in Oslo"),
    ],
)
def test_forgetting_is_an_intent(message: str, text: str, cue: str) -> None:
    """Requests to forget carry what is to be forgotten as a cue to search with."""
    (fact,) = extract(message)
    assert (fact.intent, fact.text, fact.cues[0]) == ("forget", text, cue)


@pytest.mark.parametrize(
    "message",
    [
        "I forgot my umbrella at work.",
        "I'll never forget my first day.",
        "Don't forget that I'm vegan.",
        "I quit smoking.",
        "I don't like tea any more.",
    ],
)
def test_other_forgetting_is_none(message: str) -> None:
    """Having forgotten or quit, not forgetting, and a lost liking do not ask for anything to be forgotten."""
    assert all(fact.intent == "remember" for fact in extract(message))


def test_cues_find_earlier_values_of_the_same_attribute() -> None:
    """A move is searched with the words in which a home is told."""
    (mine,) = extract("I moved to Paris.")
    (hers,) = extract("My sister moved to Paris.")
    assert "I live in" in mine.cues
    assert "my sister live in" not in mine.cues
    assert any("sister" in cue for cue in hers.cues)


def test_a_fact_carries_its_source() -> None:
    """Key, thread, position, message id, speaker, role and quote come from the message."""
    turn = Turn(
        text="Hi! So, I live in Oslo.",
        role="user",
        name="Kim",
        key="k",
        thread="t",
        position=4,
        message_id="m",
        at=SAID,
    )
    (fact,) = extract(turn)
    (source,) = fact.sources
    assert (source.key, source.thread, source.position, source.message_id) == ("k", "t", 4, "m")
    assert source.quote == "So, I live in Oslo."
    assert (fact.text, fact.actor, fact.role, fact.trust) == ("I live in Oslo", "Kim", "user", "user")


def test_a_message_without_a_time_is_said_now() -> None:
    """Without a timestamp the time of the call stands in."""
    (fact,) = extract(Turn(text="I saw a play yesterday.", key="k"))
    assert fact.observed_at == NOW
    assert fact.event_at is not None
    assert fact.event_at.date().isoformat() == "2025-12-31"


def test_two_people_speak_for_themselves() -> None:
    """Each fact has its own speaker, and a pronoun means somebody that the same speaker mentioned."""
    facts = extract(
        Turn(text="My sister Ann lives in Rome.", name="Kim", key="1", at=SAID),
        Turn(text="I have a brother named Bo.", name="Lee", key="2", at=SAID),
        Turn(text="She works at Fiat.", name="Kim", key="3", at=SAID),
    )
    assert [(fact.actor, fact.text) for fact in facts] == [
        ("Kim", "My sister Ann lives in Rome"),
        ("Lee", "I have a brother named Bo"),
        ("Kim", "my sister Ann works at Fiat"),
    ]


@pytest.mark.parametrize("role", ["assistant", "ai", "system", "tool", "developer", "function"])
def test_nobody_else_speaks_for_the_user(role: str) -> None:
    """Claims about the user by an assistant, a system prompt or a tool are no facts."""
    assert extract("You live in Paris. I live in Oslo. The user likes tea.", role=role) == ()


def test_an_agent_tells_of_its_work() -> None:
    """What an assistant says it has done is kept, with the trust of an agent."""
    facts = extract("Sure! I have booked the table for 7pm. Shall I add a note? I've noted that.", role="assistant")
    assert [(fact.text, fact.trust) for fact in facts] == [("I have booked the table for 7pm", "agent")]


def test_a_joke_is_taken_back() -> None:
    """ "Just kidding" drops what was said before it, in its message or in the one before."""
    assert extract("I live on a submarine. Just kidding!") == ()
    assert [fact.text for fact in extract("I have a cat.", "I own ten yachts.", "haha just kidding")] == [
        "I have a cat"
    ]


def test_a_fragment_is_kept_as_the_whole_statement_it_corrects() -> None:
    """ "I meant Tuesday" after "my meeting is on Monday" says when the meeting is."""
    facts = extract("My meeting is on Monday.", "Sorry, I meant Tuesday.")
    assert [fact.text for fact in facts] == ["My meeting is on Monday", "My meeting is on Tuesday"]
    assert facts[1].sources[0].quote == "Sorry, I meant Tuesday."


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    """No Unicode text breaks extraction, and every quote occurs in its message."""
    extract(text)


@given(
    st.lists(
        st.sampled_from(SALAD),
        max_size=60,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_word_salad_is_read_without_an_error(words: list[str]) -> None:
    """No order of the words that rules look for breaks extraction."""
    extract(" ".join(words))


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "\n",
        ".",
        "?",
        "I like ",
        "I live in Oslo and ",
        "😀",
        "```",
        "> \n",
        "<memories>",
        "if ",
        "so, well, ",
        "我",
        "5 May ",
        "my ",
    ],
)
def test_long_input_is_read_in_linear_time(piece: str) -> None:
    """Ten times the text takes no more than some thirty times as long."""
    seconds = [timeit(lambda size=size: extract((piece * size)[:size]), number=1) for size in (10_000, 100_000)]
    assert seconds[1] < max(30 * seconds[0], 1.0)
