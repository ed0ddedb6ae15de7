"""What the reasoner without a model does with what people say in chats: more wordings, and the texts that remain."""

from __future__ import annotations

import pytest

from recollect.reasoners.rules import RulesReasoner
from recollect.types import Fact, Turn
from tests.test_rules_decide import DAY, MONDAY, after, decided, name, record, result, told

REPLACED = [
    ("our lesson is every Tuesday at 18:00", "from now on our lesson is every Thursday at 19:30 instead of Tuesday"),
    ("My piano lesson is on Mondays", "the piano lesson is on Thursdays now"),
    ("I have a piano lesson every Monday at 5", "My piano lesson is on Wednesdays now"),
    ("My yoga class is on Wednesdays", "yoga class has moved to Fridays"),
    ("I go to yoga on Wednesdays", "I go to yoga on Mondays now"),
    ("I go to yoga on Wednesdays", "Yoga is on Mondays from now on"),
    ("I play football every Tuesday evening", "Football is on Thursday evenings these days"),
    ("I see my therapist every Friday", "I see my therapist on Wednesdays now"),
    ("The team meeting is on Mondays at 10", "They moved the team meeting to Tuesdays"),
    ("The exam is on May 20", "they moved the exam to June 3"),
    (
        "My B1 exam takes place in Oslo on 24 May 2025",
        "The exam office wrote to me: my B1 exam has been moved from 24 May to 14 June 2025",
    ),
    (
        "The meeting with our customer Brightwell is on 22 May at 9:00",
        "Dario, the meeting with Brightwell has been rescheduled to 5 June at 13:00",
    ),
    ("The exam is in room 12", "The exam is now in room 30"),
    ("I work as a waiter", "I now work as a bus driver"),
    ("I work as a nurse", "I'm a midwife now"),
    ("I work at Ericsson", "I'm starting at Nokia next month"),
    ("I'm a data analyst", "I have been promoted: since this week I am the head of the team"),
    ("I am a data analyst", "From 1 October I will be the head of the analytics team"),
    (
        "I work as a sales engineer for a pump company",
        "since this week I am the regional sales manager at the pump company",
    ),
    ("I drive a Volvo", "I sold the Volvo and bought a Tesla"),
    ("My car is a Volvo", "We swapped the Volvo for a Tesla"),
    ("I use Vim", "I switched from Vim to Helix"),
    ("My laptop is a Dell", "I got a new laptop, a Lenovo"),
    ("I have an iPhone 12", "I got a new phone, a Pixel 8"),
    ("My extension in the office is 555-0119", "The number 555-0119 is no longer valid, my new extension is 555-0164"),
    ("I always book an aisle seat", "I now prefer a window seat"),
    ("I always sit by the window", "I prefer the aisle now"),
    ("I travel about two weeks every month", "A little less, I now travel only about one week every month"),
    ("My sister lives in Porto", "My sister doesn't live in Porto, she lives in Braga"),
    (
        "My girlfriend Carla comes from Porto",
        "I have to correct something: Carla does not come from Porto, she comes from Braga",
    ),
    (
        "I am learning the language because my girlfriend Carla comes from Porto",
        "Carla does not come from Porto, she comes from Braga",
    ),
    (
        "my daughter Mina's birthday is on 19 September",
        "I also made a mistake in February: Mina's birthday is not on 19 September, it is on 29 September",
    ),
    ("My birthday is on 3 April", "Actually my birthday is on 13 April, not 3 April"),
    ("My birthday is on 3 April", "I said my birthday is 3 April, I meant 13 April"),
    (
        "I am training for the marathon in Rotterdam",
        "I said something wrong: the marathon is not in Rotterdam, it is in Eindhoven",
    ),
    ("My brother is called Jon", "His name isn't Jon, it's John"),
    ("My dog is called Rex", "Correction, my dog is called Max, not Rex"),
    ("My mother Ines lives in Porto", "I also have to correct something: my mother lives in Braga, not in Porto"),
    ("I have two cats", "I meant three cats, not two"),
    ("My flight leaves at 7:40", "I got that wrong, my flight leaves at 8:40"),
    ("My appointment is on Tuesday at 9", "Sorry, I meant Wednesday at 9"),
    ("I play the violin", "I gave up the violin"),
    ("I have a gym membership", "I cancelled my gym membership"),
    ("I'm taking a pottery course", "I've dropped out of the pottery course"),
    ("I'm taking a pottery course", "The pottery course is over"),
    ("I'm dating Sam", "Sam and I broke up"),
    ("We have a piano", "We got rid of the piano"),
    ("I own a boat", "I sold my boat"),
    ("I have a subscription to the Times", "I've cancelled my subscription to the Times"),
    ("I'm planning a trip to Peru", "The trip to Peru is cancelled"),
    ("I sing in a choir", "I left the choir"),
    ("We have a cat called Misty", "Misty died last week"),
    ("I use the Duolingo app", "I deleted Duolingo"),
    ("My shift starts at six", "My shift starts at seven from next week"),
    ("The kids have swimming on Saturdays", "The kids' swimming is on Sundays now"),
    ("Our book club is on the first Monday", "Book club has moved to Wednesdays"),
    ("My flight to Rome leaves on 4 June", "The airline changed my flight to 6 June"),
    ("I have a vet appointment for Bruno on Friday", "The vet moved Bruno's appointment to Monday"),
    ("My driving test is on 3 May at 10", "My driving test got postponed to 17 May"),
    ("The plumber is coming on Tuesday", "The plumber is coming on Thursday instead"),
    ("My thesis is due on 1 June", "My thesis is due on 1 September now"),
    ("Rent is due on the 1st", "Rent is due on the 5th from now on"),
    ("Choir rehearsal is in the church hall", "Choir rehearsal is in the school gym now"),
    ("The wedding is in Bath", "The wedding has been moved to Bristol"),
    ("I work as a cook", "I've started a new job as a delivery driver"),
    ("I work at Tesco", "I've got a new job, I'm at Aldi now"),
    ("I work for a law firm", "I left the law firm and joined a charity"),
    ("I'm a trainee", "I'm a fully qualified electrician now"),
    ("I'm studying law", "I switched from law to history"),
    ("I drive a Golf", "I've bought a new car, a Skoda"),
    ("We have a Volvo", "We sold the Volvo and got a Kia"),
    ("I use an Android phone", "I've switched from Android to an iPhone"),
    ("My laptop is a MacBook", "I replaced my MacBook with a ThinkPad"),
    ("My internet provider is Telia", "We changed provider from Telia to Altibox"),
    ("My doctor is Dr Holm", "I have a new doctor, Dr Berg"),
    ("My gym is on Mill Street", "I changed gyms, my gym is on Park Road now"),
    ("My favourite restaurant is Luigi's", "My favourite restaurant is Saffron now"),
    ("I get up at six", "I get up at five these days"),
    ("My son Jonas is in year three", "Jonas is in year four now"),
    ("My daughter wants to be a vet", "My daughter wants to be a pilot now"),
    ("My landlord is Mr Smith", "We have a new landlord, Mr Jones"),
    ("I live with two flatmates", "I live alone now"),
    ("Our dog weighs 12 kg", "Our dog weighs 14 kg now"),
    ("I'm taking the bus to work", "I cycle to work now"),
    ("My cousin Lena is engaged", "Lena got married last weekend"),
    ("My brother Erik lives in Malmö", "Erik has moved to Lund"),
    ("My neighbour is called Mona", "Not Mona, her name is Nina"),
    ("My son's birthday is on 2 May", "Sorry, my son's birthday is on 3 May"),
    ("We're six for dinner on Friday", "Actually we're eight for dinner on Friday"),
    ("I grew up in Hull", "I said I grew up in Hull but it was actually Grimsby"),
    ("My aunt lives in Cork", "My aunt lives in Galway, not Cork"),
    ("The code for the gate is 4412", "The gate code is 4421, not 4412"),
    ("My mother is 71", "My mother isn't 71, she's 72"),
    ("I have an aunt in Denver", "I told you my aunt was in Denver. She's in Dallas"),
    ("The party is on the 14th", "I said the party was on the 14th. It's on the 15th"),
    ("My dog is a beagle", "He's not a beagle, he's a basset"),
    ("My interview at Equinor is on 9 May at 11", "They've pushed the interview back to 16 May"),
    ("The car inspection is on Monday", "The garage rang, the inspection is on Wednesday now"),
    ("My blood test is on 2 June", "My blood test has been cancelled and rebooked for 9 June"),
    ("I have piano lessons on Tuesdays", "My piano lessons are on Thursdays from now on"),
    ("Our cleaner comes on Wednesdays", "The cleaner comes on Fridays now"),
    ("My sister's wedding is on 8 August", "My sister's wedding got moved to 15 August"),
    ("My train is at 7:12", "They changed the timetable, my train is at 7:20 now"),
    ("The concert is on 4 October", "The concert has been postponed until 11 November"),
    ("I'm a shop assistant", "I got promoted, I'm the store manager now"),
    ("I work at a bank", "I quit the bank, I work for a startup now"),
    ("My wife works as a teacher", "My wife is a headteacher now"),
    ("I ride a Yamaha", "I sold the Yamaha and bought a Triumph"),
    ("We have a gas stove", "We replaced the gas stove with an induction one"),
    ("My address is 4 Elm Street", "I've moved, my new address is 9 Oak Lane"),
    ("My daughter plays the flute", "My daughter switched from the flute to the cello"),
    ("My favourite tea is Earl Grey", "My favourite tea is Assam these days"),
    ("Our son is at Hill School", "Our son is at Park School now"),
    ("I'm on the morning shift", "I'm on the night shift now"),
    ("My budget is 800 euros", "My budget is 1,000 euros, not 800"),
    ("The hotel is called Seaview", "Sorry, the hotel is called Seabreeze, not Seaview"),
    ("My cat is called Tiger", "My cat isn't called Tiger, she's called Tigger"),
    ("My flight is on the 12th", "I misread it, my flight is on the 13th"),
    ("My appointment is with Dr Patel", "Actually my appointment is with Dr Singh, not Dr Patel"),
]
DELETED = [
    ("I go to the pool every Friday", "By the way, I no longer go to the pool on Fridays, because it has closed"),
    ("I come to the office by train", "I do not take the train any more"),
    (
        "My neighbour Mrs Tansley keeps our spare key",
        "Mrs Tansley no longer keeps our spare key, because we moved away",
    ),
    ("I smoke", "I quit smoking"),
    ("I volunteer at the animal shelter", "I stopped volunteering at the animal shelter"),
    ("I volunteer at the animal shelter", "I don't volunteer at the shelter any more"),
    ("I'm allergic to cats", "I'm not allergic to cats any more"),
    ("My passport number is K1234567", "Please delete my passport number"),
    ("My passport number is K1234567", "You can forget my passport number"),
    ("I have a wisdom tooth operation on 26 February", "Please forget what I told you about my wisdom tooth operation"),
    ("I want to buy a motorbike", "Never mind about the motorbike"),
    ("I want to buy a motorbike", "You can drop what I said about the motorbike"),
    ("I'm planning a trip to Peru", "Ignore what I said about Peru"),
    ("I'm planning a trip to Peru", "We are not going to Peru any more"),
    ("I'm learning Greek", "I'm not learning Greek any more"),
    ("I'm learning Greek", "I've given up learning Greek"),
    ("I meet Paul for chess every Sunday", "I don't meet Paul for chess any more"),
    ("I'm on a diet", "I'm no longer on a diet"),
    ("I take iron tablets", "I don't need to take iron tablets any more"),
    ("I sing in a choir", "I no longer sing in the choir"),
    ("My brother Leo is staying with us", "Leo is no longer staying with us"),
    ("I play tennis every Sunday", "I don't play tennis any more because of my back"),
    ("I'm learning Danish", "I've stopped learning Danish"),
    ("I go running every morning", "I gave up running"),
    ("I have a dog walker", "I don't have a dog walker any more"),
    ("I pay for Spotify", "I no longer pay for Spotify"),
    ("My mother helps with the kids on Fridays", "My mother no longer helps with the kids"),
    ("I'm on the school board", "I'm not on the school board any more"),
    ("I'm a member of the rowing club", "I'm no longer a member of the rowing club"),
    ("I rent a garage on Hill Street", "I don't rent the garage any longer"),
    ("I get the newspaper every morning", "I don't get the newspaper any more"),
    ("Tom is teaching me guitar", "Tom doesn't teach me guitar any more"),
    ("I'm worried about my exam results", "Please forget what I said about my exam results"),
    ("My ex Paul works at the bakery", "Please forget everything about Paul"),
    ("I owe my brother 300 euros", "Could you delete the bit about owing my brother money?"),
    ("My sister is having trouble with her marriage", "What I told you about my sister's marriage, please forget it"),
    ("I might sell the house", "You can forget the thing about selling the house"),
    ("I'm thinking of quitting my job", "Please ignore what I said about quitting my job"),
    ("My PIN is 4321", "Remove my PIN please"),
    ("I see a therapist on Mondays", "Please don't remember that I see a therapist"),
    ("We want to adopt a cat", "Scratch that about adopting a cat"),
    ("I have a crush on Lena", "Forget that I have a crush on Lena"),
    ("I want to surprise Nora with a trip", "Never mind the surprise trip for Nora, she found out"),
    ("I weigh 92 kilos", "Can you erase my weight?"),
    ("I had a fight with my boss", "Forget the fight with my boss"),
    ("I'm taking antibiotics", "I'm not taking antibiotics any more"),
    ("I go to the gym on Mondays and Thursdays", "I don't go to the gym any more, too expensive"),
    ("My brother lives with us", "My brother doesn't live with us any more"),
    ("We have a subscription to Netflix", "We don't have Netflix any more"),
    ("I'm in a book club", "I'm no longer in the book club"),
    ("I work on Saturdays", "I don't work on Saturdays any longer"),
    ("I'm seeing a physio for my knee", "I don't see the physio any more"),
    ("I'm training for a triathlon", "I'm not training for the triathlon any more"),
    ("I babysit for my sister on Fridays", "I've stopped babysitting for my sister"),
    ("I'm worried about my job", "Forget what I said about being worried about my job"),
    ("My boss drinks too much", "Please forget what I said about my boss"),
    ("I'm planning to quit", "Please delete what I told you about quitting"),
    ("Nora is having an affair", "Forget what I told you about Nora, it was private"),
    ("My bank card number ends in 4471", "Please delete my bank card number"),
    ("I have a loan of 5000 euros", "Please forget about the loan"),
    ("My brother was arrested", "Could you please forget the thing about my brother being arrested?"),
]
REPEATED = [
    ("our lesson is every Thursday at 19:30", "My lesson is still every Thursday at 19:30, and that works well for me"),
    (
        "I am allergic to shellfish",
        "Please remember for the birthday cake that I am allergic to shellfish, although nobody puts that into a cake",
    ),
    ("I cannot eat shellfish because I am allergic to it", "I'm allergic to shellfish"),
    ("I live in Leeds", "As you know I live in Leeds"),
    ("I work as a nurse", "I'm a nurse"),
    ("My dog is called Rex", "Rex is my dog"),
    ("I have a dog called Rex", "My dog's name is Rex"),
    ("My birthday is on 3 April", "I was born on 3 April"),
    ("I don't eat meat", "I never eat meat"),
    ("I am training for the marathon in Eindhoven", "Yes, I am still training for the marathon in Eindhoven"),
    ("I have a daughter called Lea", "My daughter is called Lea"),
    ("My favourite colour is green", "Green is my favourite colour"),
    ("My dentist appointment is on 12 May at 9", "As I said, the dentist is on 12 May at 9"),
    ("I'm allergic to penicillin", "Remember I'm allergic to penicillin"),
    ("I'm allergic to penicillin", "Don't forget that I'm allergic to penicillin"),
    ("I don't eat pork", "I never eat pork"),
    ("My sister lives in Lyon", "My sister still lives in Lyon"),
    ("I work as a nurse", "I'm still working as a nurse"),
    ("I have two kids", "I've got two kids"),
    ("My son is called Max", "I have a son called Max"),
    ("I live in Leeds", "I'm living in Leeds"),
    ("The meeting is at 9", "The meeting is at 9:00"),
    ("The meeting is at half past nine", "The meeting is at 9:30"),
    ("I hate mushrooms", "I really can't stand mushrooms"),
    ("We meet every Tuesday at 7pm", "We still meet every Tuesday at 7pm"),
    ("I have a peanut allergy", "I'm allergic to peanuts, as you know"),
    ("My husband works at Volvo", "My husband still works at Volvo"),
    ("I'm vegetarian", "As I told you, I'm vegetarian"),
    ("My train is at 7:12", "My train is still at 7:12"),
    ("I play the cello", "I still play the cello"),
    ("We have a cat called Misty", "Our cat is called Misty"),
    ("My wife is a teacher", "My wife works as a teacher"),
    ("I'm allergic to nuts", "Like I said, I'm allergic to nuts"),
    ("My exam is on 24 May", "My exam is on May 24"),
    ("My budget is 800 euros", "My budget is still 800 euros"),
]
BESIDE = [
    ("I go to the pool every Friday", "I go to the cinema every Friday"),
    ("My sister lives in Porto", "My aunt lives in Braga"),
    ("My piano lesson is on Mondays", "My swimming lesson is on Thursdays"),
    ("The exam is on May 20", "The meeting was moved to June 3"),
    ("I have a dentist appointment on 3 May", "I have an eye appointment on 5 May"),
    ("I love the train museum", "I do not take the train any more"),
    ("My gym bag is blue", "I don't go to the gym any more"),
    ("My sister plays the violin", "I gave up the violin"),
    ("I have a cat called Misty", "My sister's cat died last week"),
    ("My brother is a pilot", "I'm no longer a pilot"),
    ("I like coffee", "My wife doesn't drink coffee any more"),
    ("I work at Ericsson", "I used to work at Nokia"),
    ("My brother works at Ericsson", "I'm starting at Nokia next month"),
    ("I have a bike", "I bought a car"),
    ("I bought a red bike", "I bought a green lamp"),
    ("I drive a Volvo", "My father drives a Tesla"),
    ("My daughter's teacher is Ms Ford", "My son's teacher is Mr Dale"),
    ("I always book an aisle seat", "I prefer trains to planes"),
    ("I speak French", "I speak Spanish"),
    ("I like jazz", "I like rock now"),
    ("My sister is getting married in June", "My brother is getting married in May"),
    ("I'm going to Rome in May", "I'm going to Paris in June"),
    ("I want to buy a motorbike", "I sold my car"),
    ("I have two cats", "My sister has three cats"),
    ("I have a meeting with Tom on Monday", "I have a meeting with Ann on Tuesday"),
    ("I work at Tesco", "My sister works at Aldi now"),
    ("I live in Leeds", "I grew up in York"),
    ("I drive a Golf", "My wife bought a new car, a Skoda"),
    ("I have an appointment with Dr Holm on 3 May", "I have an appointment with the tax office on 9 May"),
    ("My exam is on 3 May", "My sister's exam is on 5 June"),
    ("The shop is closed on Mondays", "I don't work on Mondays"),
    ("My brother is learning Danish", "I've stopped learning German"),
    ("I play tennis every Sunday", "My wife doesn't play tennis any more"),
    ("I drink coffee every morning", "I don't drink any more"),
    ("I drink tea", "I no longer drink wine"),
    ("I have a dog called Rex", "My neighbour's dog died"),
    ("My phone number is 555-0100", "My sister's phone number is 555-0111"),
    ("I work at Acme", "Please forget about the interview"),
    ("I like hiking", "Please forget what I said about my divorce"),
    ("My brother Tom has diabetes", "Please forget what I told you about Anna's diabetes"),
    ("My mother lives in Cork", "My mother is 72"),
    ("My mother lives in Cork", "My mother-in-law lives in Galway"),
    ("I take vitamin D", "I take iron tablets"),
    ("My daughter is in year three", "My son is in year four"),
    ("We're going to Spain in July", "We went to Spain in March"),
    ("My lesson is on Monday", "My lesson was fun"),
    ("My gym is on Mill Street", "My office is on Park Road"),
    ("I'm reading Emma", "I finished the report"),
    ("I cook on Sundays", "I stopped at the shop on the way home"),
    ("I have a piano", "I lost my keys"),
    ("I have a red bike", "I lost my red scarf"),
    ("I love my job", "I left my umbrella at work"),
    ("My car is blue", "My neighbour sold his car"),
    ("I have a car", "I dropped the car off at the garage"),
    ("We have a cat", "The cat is off her food"),
    ("I have a meeting at 9", "The office is closed on Friday"),
    ("My train is at 7:12", "My sister's train is at 8:15"),
    ("The concert is on 4 October", "The play is on 11 November"),
    ("I have piano lessons on Tuesdays", "I have choir on Thursdays"),
    ("I'm allergic to nuts", "I'm allergic to cats"),
    ("My boss drinks too much", "My boss is from Bergen"),
    ("I play the cello", "My son doesn't play the cello any more"),
    ("My brother lives with us", "My sister doesn't live with us any more"),
    ("We have a cat called Misty", "The neighbours have lost their cat"),
    ("I have a gym membership", "I didn't go to the gym today"),
    ("I work at a bank", "My brother quit the bank"),
    ("My flight is on the 12th", "My flight back is on the 20th"),
    ("My daughter plays the flute", "My son plays the drums"),
    ("I'm reading a book about Rome", "I stopped at a book shop"),
    ("I have a car", "My car broke down yesterday"),
    ("I have a car", "The car is at the garage until Friday"),
    ("I go to the gym on Mondays", "The gym is closed on Mondays"),
    ("I want to learn Greek", "I want to learn chess"),
    ("My sister has a baby", "My cousin has a new baby"),
    ("I'm not a fan of opera", "I'm a fan of ballet"),
    ("I usually cook dinner", "My husband cooked dinner today"),
    ("I'm going to Rome in May", "I'm not going to the party on Friday"),
    ("I have a new job", "I have a new colleague"),
    ("I drink coffee every morning", "I don't drink alcohol"),
    ("My neighbour has three cats", "I have two cats"),
    ("I like my job", "I don't like my boss"),
    ("My mother is in hospital", "My father is in Spain"),
]
TEXTS = [
    ("My aunt Ines lives in Porto", "My aunt lives in Braga, not in Porto", "My aunt Ines lives in Braga"),
    (
        "I'm saving up because Carla comes from Porto",
        "Carla does not come from Porto, she comes from Braga",
        "I'm saving up because Carla comes from Braga",
    ),
    (
        "I'm training for the marathon in Rotterdam",
        "The marathon is not in Rotterdam, it is in Ghent",
        "I'm training for the marathon in Ghent",
    ),
    (
        "My daughter Mina's birthday is on 19 May",
        "Mina's birthday is not on 19 May, it's on 29 May",
        "My daughter Mina's birthday is on 29 May",
    ),
    (
        "I live in a house we bought in 1979",
        "I said we bought the house in 1979. My wife says it was 1981.",
        "I live in a house we bought in 1981",
    ),
    ("My dog is a beagle", "He's not a beagle, he's a basset", "My dog is a basset"),
    (
        "Budget for the kitchen is $7,000",
        "I told you the budget was 7,000. It's 9,000.",
        "Budget for the kitchen is $9,000",
    ),
    ("My aunt's number is 555-0164", "I gave you 0164, I meant 555-0146", "My aunt's number is 555-0146"),
]
ANSWERED = [
    ("Where do you live?", "Trondheim", "I live in Trondheim"),
    ("Nice. Where do you live?", "In Trondheim.", "I live in Trondheim"),
    ("What is your name?", "Olav", "my name is Olav"),
    ("How old are you?", "34", "I am 34 years old"),
    ("When is your exam?", "On 24 May", "my exam is 24 May"),
    ("What's your favourite colour?", "Green", "my favourite colour is Green"),
]
UNANSWERED = [
    ("Where do you live?", "Why?"),
    ("Where do you live?", "Thanks"),
    ("Where do you live?", "Not telling"),
    ("How old are you?", "Guess"),
    ("When is your exam?", "Soon"),
    ("Shall I remind you?", "Trondheim"),
]


def heard(question: str, answer: str) -> list[str]:
    """The texts of the facts in an answer to an assistant's question."""
    turns = [
        Turn(text=question, role="assistant", key="q", position=0, at=MONDAY),
        Turn(text=answer, key="a", position=1, at=MONDAY),
    ]
    facts: tuple[Fact, ...] = result(RulesReasoner().extract(turns, MONDAY))  # type: ignore[assignment]
    return [fact.text for fact in facts]


@pytest.mark.parametrize("pair", REPLACED, ids=map(name, REPLACED))
def test_news_updates_and_deletes_nothing(pair: tuple[str, str]) -> None:
    """Another time, place, job or thing, and a mistake put right, update the memory that they are about."""
    operations = [operation for operation, _ in after(*pair)]
    assert "UPDATE" in operations
    assert "DELETE" not in operations


@pytest.mark.parametrize("pair", DELETED, ids=map(name, DELETED))
def test_what_no_longer_holds_is_ended(pair: tuple[str, str]) -> None:
    """News of an end, or a request to forget, in any of its wordings."""
    operations = [operation for operation, _ in after(*pair)]
    assert "DELETE" in operations
    assert "UPDATE" not in operations


@pytest.mark.parametrize("pair", REPEATED, ids=map(name, REPEATED))
def test_what_is_said_again_is_none(pair: tuple[str, str]) -> None:
    """In the same or in other words, with "still" or "as I said"."""
    assert {operation for operation, _ in after(*pair)} == {"NONE"}


@pytest.mark.parametrize("pair", BESIDE, ids=map(name, BESIDE))
def test_what_is_about_something_else_ends_and_changes_nothing(pair: tuple[str, str]) -> None:
    """Of another person, another thing, another time: neither UPDATE nor DELETE."""
    assert not {operation for operation, _ in after(*pair)} & {"UPDATE", "DELETE"}


@pytest.mark.parametrize(("earlier", "later", "text"), TEXTS, ids=[later[:50] for _, later, _ in TEXTS])
def test_what_was_wrong_is_put_right_where_it_stands(earlier: str, later: str, text: str) -> None:
    """The rest of the memory is kept."""
    decisions = decided(told(later, at=MONDAY + DAY), [record(fact, "old") for fact in told(earlier)])
    assert [(d.operation, d.text) for d in decisions] == [("UPDATE", text)]


@pytest.mark.parametrize(("question", "answer", "text"), ANSWERED, ids=[answer for _, answer, _ in ANSWERED])
def test_a_short_answer_is_a_statement(question: str, answer: str, text: str) -> None:
    """A few words that fit the question just asked."""
    assert heard(question, answer) == [text]


@pytest.mark.parametrize(("question", "answer"), UNANSWERED, ids=[answer for _, answer in UNANSWERED])
def test_what_does_not_answer_is_no_statement(question: str, answer: str) -> None:
    """Words that do not fit the question say nothing."""
    assert heard(question, answer) == []


def test_only_the_memory_that_is_meant_ends() -> None:
    """Of many memories with words in common, one is deleted and the others stay."""
    texts = (
        "I play tennis every Sunday",
        "My wife plays tennis on Fridays",
        "My brother works at the tennis club",
        "I drink coffee every morning",
    )
    remembered = [record(told(text)[0], text) for text in texts]
    decisions = decided(told("I don't play tennis any more because of my back", at=MONDAY + DAY), remembered)
    assert [(d.operation, d.target) for d in decisions] == [("DELETE", texts[0])]


@pytest.mark.parametrize(
    "request_", ["Please forget about the interview", "Forget what I told you about Anna's diabetes"]
)
def test_a_request_that_names_something_else_of_the_same_field_ends_nothing(request_: str) -> None:
    """A job is no interview, and Tom is not Anna."""
    remembered = [record(told(text)[0], text) for text in ("I work at Acme", "My brother Tom has diabetes")]
    (decision,) = decided(told(request_, at=MONDAY + DAY), remembered)
    assert (decision.operation, decision.target) == ("NONE", None)


def test_an_old_number_is_replaced_by_the_new_one() -> None:
    """What is no longer valid and what is valid instead are one update."""
    remembered = [record(told("My extension in the office is 555-0119")[0], "old")]
    later = "The number 555-0119 is no longer valid, my new extension is 555-0164"
    decisions = decided(told(later, at=MONDAY + DAY), remembered)
    assert [(d.operation, d.target) for d in decisions] == [("NONE", None), ("UPDATE", "old")]


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("I have a sister Anna and a cat called Mango.", "I have a sister Anna and a cat called Mango"),
        ("There was a girlfriend in York.", None),
    ],
)
def test_a_pronoun_is_left_alone_where_it_may_mean_two(said: str, fact: str | None) -> None:
    """Nothing is told of the wrong one."""
    assert not any(
        "Anna" in text or "girlfriend" in text for text in (f.text for f in told(said, "She bites.")) if text != fact
    )


def test_a_pronoun_means_the_subject_of_the_sentence_before() -> None:
    """Not the pet that the sentence also mentions, nor somebody from the message before."""
    assert [f.text for f in told("My sister Anna has a dog. She works at Fiat.")][1] == "my sister Anna works at Fiat"
    facts = told("My cousin Dimitri is an electrician. Odette gave notice, she's going back to Lyon.")
    assert facts[-1].text == "Odette is going back to Lyon"
