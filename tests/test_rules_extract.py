"""What the reasoner without a model finds in messages."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recollect.ports import Flow
from recollect.reasoners.rules import RulesReasoner
from recollect.types import Fact, Turn

SAID = datetime(2024, 5, 15, 13, 30, tzinfo=UTC)  # a Wednesday
NOW = datetime(2026, 1, 1, tzinfo=UTC)


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
    ("I enjoy walking on the beach and watching the sun set.", ["I enjoy walking on the beach and watching the sun set"]),
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
    ("My sister Anna moved to Berlin. She works at Fiat.", ["My sister Anna moved to Berlin", "my sister Anna works at Fiat"]),
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
