"""What the reasoner without a model does with news in everyday words: changes, corrections, ends, repetitions."""

from __future__ import annotations

import pytest

from tests.test_rules_decide import after, name

REPLACED = [
    # home
    ("I live in a flat in Leeds", "We got the house! We move in on Friday, it's 12 Mill Lane in Otley"),
    ("My address is Flat 9, Alder Court, Leeds", "Our new address is 31 Tannery Row, Otley"),
    ("I live in Ghent with my wife", "We're in Antwerp now"),
    ("I live on Marlowe Street", "I've moved in with Marta, she lives on Lock Lane"),
    ("I live in Bristol", "Moved to Cardiff last weekend!"),
    ("I live in Bristol", "We've just moved house, we're in Bath now"),
    ("I'm based in Berlin", "I'm based in Munich these days"),
    ("We live in Utrecht", "We finally left Utrecht, our new place is in Zwolle"),
    ("I live in Oslo", "I've swapped Oslo for Tromsø"),
    ("I live in Oslo", "I moved from Oslo to Tromsø in May"),
    ("I live in Leeds", "We're living in York now"),
    ("I live in a flat", "I bought a house and moved in last week"),
    ("I live alone", "I moved in with my boyfriend"),
    ("I live in Hull", "As of last Monday I live in Selby"),
    ("I live in Hull", "I've relocated to Selby for work"),
    ("My home address is 4 Elm Road", "We've moved, the address is 17 Oak Avenue now"),
    # job
    ("I work at the bank", "I started at the brewery in January"),
    ("I'm a nurse at the General Hospital", "I got a job at a GP surgery"),
    ("I work for Siemens", "I left Siemens for Bosch"),
    ("I work for Siemens", "I start at Bosch on Monday, I've left Siemens"),
    ("I work as a waiter", "I'm a barista now"),
    ("I work as a structural engineer at Arup", "I've taken a job with the city council"),
    ("I work at Arup", "From February I'll be working for the city council"),
    ("I work at a bakery", "I'm at a bookshop now"),
    ("I'm a teacher", "I retrained as a plumber"),
    ("I work nights", "I work days now"),
    ("I work full time", "I only work part time now"),
    ("I teach year four", "I'm teaching year six from September"),
    ("I'm a junior developer", "I got promoted to senior developer"),
    ("My boss is called Petra", "I've got a new boss, Henrik"),
    ("I work at Lidl", "I've switched from Lidl to Aldi"),
    ("I work at Lidl", "Got hired by Aldi!"),
    # contact
    ("My phone number is 555-0142", "I've got a new number, 555-0187"),
    ("My number is 555-0142", "New number: 555-0187"),
    ("My mobile is 555-0142", "You can reach me on 555-0187 from now on"),
    ("My email is kim@example.org", "Please use kim.lee@example.org from now on"),
    ("My email is kim@example.org", "I've changed my email to kim.lee@example.org"),
    ("My phone number is 555-0142", "I've a new phone and a new number to go with it, 555-0187"),
    ("You can call me on 555-0142", "My number is 555-0187 now"),
    # names
    ("My surname is Miller", "My surname is Novak now"),
    ("Call me Bill", "I'd rather you called me William"),
    # age
    ("I'm 41", "I turned 42 yesterday"),
    ("My daughter Nina is seven", "Nina turned eight last week"),
    ("My son is four", "My son is five now"),
    ("My cat is thirteen", "My cat just turned fourteen"),
    # diet
    ("I'm vegetarian", "I've started eating fish again"),
    ("I eat everything", "I've gone vegan"),
    ("I'm vegan", "I'm vegetarian now"),
    ("I'm vegetarian", "I've switched from vegetarian to vegan"),
    # relationship
    ("I'm single", "I'm seeing someone"),
    ("I'm engaged to Tom", "Tom and I got married"),
    ("I'm married", "We're getting a divorce, we've separated"),
    ("I have a girlfriend", "My girlfriend and I broke up"),
    # car
    ("I drive a Volvo", "I traded in the Volvo for an electric Kia"),
    ("We have an old Volvo", "The Volvo's gone, we sold it"),
    ("I drive to work", "I cycle to work now"),
    ("I take the bus to work", "I take the train to work these days"),
    ("I commute by car", "I commute by bike now"),
    ("I have a Samsung phone", "I've got a new phone, a Fairphone"),
    ("I have a Samsung phone", "I've replaced the Samsung with a Fairphone"),
    ("I use an iPhone", "I've upgraded to a Pixel, so no more iPhone"),
    ("My laptop is a ThinkPad", "My new laptop is a MacBook"),
    ("I use Spotify", "I switched from Spotify to Tidal"),
    ("I bank with HSBC", "I've moved from HSBC to Monzo"),
    ("We have Netflix", "We swapped Netflix for Disney"),
    # favourite
    ("My favourite dish is the harissa chicken", "The miso aubergine is my new favourite dish"),
    ("My favourite dish is the harissa chicken", "My favourite dish these days is the miso aubergine"),
    ("The harissa chicken is my favourite", "The miso aubergine is my new favourite"),
    ("The harissa chicken is my favourite", "The miso aubergine has knocked the harissa chicken off the top spot"),
    ("My favourite band is Muse", "My favourite band has become Radiohead"),
    ("My favourite tea is Assam", "My favourite tea is hands down Darjeeling"),
    ("My favourite tea is Assam", "Darjeeling has replaced Assam as my favourite tea"),
    # events
    ("I have the dermatologist on 24 April at 9", "My dermatologist appointment has been pushed back to 8 May"),
    ("I've got a dermatologist appointment on 24 April", "The dermatologist moved my appointment, it's 8 May now"),
    ("My interview is on Thursday 12 June", "My interview has been brought forward to Monday 9 June"),
    ("We fly on 23 May", "We fly on 24 May now"),
    ("Our flight is on 23 May", "Our flight got moved to 24 May"),
    ("My flight is at 7:40", "My flight has been delayed to 9:15"),
    ("The deadline is 1 March", "They've extended the deadline to 15 March"),
    ("The baby is due on 30 September", "The due date is 8 October now"),
    ("The wedding is on 14 June", "We had to postpone the wedding to 6 September"),
    ("The recital is on 5 December", "The recital has been rescheduled for 12 December"),
    ("My exam is on Friday 6 June", "The exam is now on Monday 9 June"),
    ("I'm running a half marathon on 12 October", "I'm doing the spring half marathon on 26 April instead"),
    (
        "I've signed up for a half marathon on 12 October",
        "I'm not running the half marathon in October, I'm doing the one on 26 April instead",
    ),
    ("Choir practice is on Tuesdays", "Choir practice is on Thursdays now"),
    ("My box comes on Tuesdays", "The box comes on Fridays now"),
    ("I go to the gym on Mondays", "I only go to the gym on Wednesdays now"),
    ("I run on Tuesdays and Saturdays", "I run on Saturdays only now"),
    ("My delivery slot is 3 to 6pm", "My delivery slot is now 5 to 8pm"),
    ("My delivery is on Tuesday", "Please change my delivery to Friday"),
    ("My Italian class is on Mondays", "My Italian class has moved to Wednesdays"),
    ("We meet every Tuesday", "We meet every Thursday now"),
    # sizes, amounts
    ("I wear size 42", "I take a size 43 now"),
    ("I drink five cups of coffee a day", "I'm down to two cups of coffee a day"),
    ("I can run 5 km", "I can run 10 km now"),
    ("My rent is 900 euros", "My rent has gone up to 980 euros"),
    ("I weigh 82 kg", "I'm down to 78 kg"),
    ("We have two cats", "We have three cats now"),
    ("I pay 30 euros for my phone plan", "I pay 20 euros for my phone plan now"),
    # style
    ("Please use bullet points", "No more bullet points please, just write normal sentences"),
    ("Please use bullet points", "Just write normal sentences to me from now on"),
    ("Keep your replies short", "You can give me longer answers from now on"),
    ("Give me distances in miles", "Give me distances in kilometres from now on"),
    # languages
    ("I'm learning Spanish", "I've switched from Spanish to Portuguese"),
    # likes
    ("I love coffee", "I've gone off coffee"),
    ("I like sushi", "I can't stand sushi any more"),
    ("I don't like aubergine", "I quite like aubergine now"),
    ("I hate jogging", "I've really started to enjoy jogging"),
    # pets
    ("My dog is called Rex", "We renamed the dog, he's called Bruno now"),
    ("I have a dog named Rex", "Rex died last week"),
    # possessions
    ("I have a piano", "I sold the piano"),
    # plans
    ("We're going to Naples in May", "We're going to Lisbon instead of Naples"),
    ("I'm planning to study in Vienna", "I'm going to study in Graz instead of Vienna"),
    ("I've applied for the deputy head job", "I've withdrawn my application for the deputy head job"),
    ("My gym is PureGym", "My gym is the one on Hill Road now"),
    ("My doctor is Dr Patel", "My new doctor is Dr Ahmed"),
    ("I've joined the chess club", "I've left the chess club"),
    ("Nina goes to Hill Primary School", "Nina goes to Otley Primary School now"),
    ("My password hint is tulip", "My password hint is now daffodil"),
    ("My city is Leeds", "My city is Otley now"),
    ("My shift starts at 7", "My shift starts at 9 now"),
    ("I have breakfast at 7", "I have breakfast at 8 now"),
    ("I take 20 mg of the tablets", "I take 40 mg of the tablets now"),
    ("I'm Tom, 36", "I turned 37 on Saturday"),
    ("I weigh 91 kg", "down to 88 kg!"),
    ("I have a meeting with Karin on Thursday 22 May", "Karin had to move our meeting to Friday 23 May"),
    ("My daughter's birthday party is on 24 May", "The party's been moved to the 31st"),
    ("I'm reading Middlemarch", "I'm reading Dracula now"),
    ("My son Leo plays the piano", "Leo has switched from piano to drums"),
    ("I start work at 9", "I start work at 8 these days"),
    ("My budget for the trip is 1500 euros", "We've raised the budget for the trip to 2000 euros"),
    ("I live with my parents", "I've moved out of my parents' place"),
    ("I'm the treasurer of the allotment club", "I'm the chair of the allotment club now"),
    ("I take my coffee with sugar", "I take my coffee without sugar now"),
    ("I don't like olives", "I've come round to olives"),
    ("I owe Jan 50 euros", "I've paid Jan back"),
    ("I'm on antibiotics", "I've finished the antibiotics"),
    ("I'm doing a sourdough course on Mondays", "The sourdough course is over"),
    ("My landlord is Mr Petrov", "Our new landlord is Mrs Chen"),
    ("I usually go swimming on Wednesday evenings", "Swimming is on Thursdays now because the pool changed its hours"),
    ("My favourite exercise is the deadlift", "I've gone off deadlifts"),
    ("My favourite author is Ishiguro", "I think my favourite author has to be Mantel these days"),
    ("We're eight people for dinner on Saturday", "We're going to be ten for dinner on Saturday"),
    ("My phone is 555-0142", "New number by the way: 555-0187"),
]
CORRECTED = [
    ("My daughter is allergic to cashews", "I got that wrong: she's allergic to pistachios, not cashews"),
    ("My daughter is allergic to cashews", "I told you cashews, but it's pistachios she reacts to"),
    ("My daughter is allergic to cashews", "Not cashews, pistachios"),
    ("My daughter is allergic to cashews", "Sorry, I said cashews but I meant pistachios"),
    ("I'm 34", "Oops, I'm 35 actually"),
    ("We fly on 23 May", "Sorry, I got that wrong, we fly on 24 May"),
    ("We fly on 23 May", "Tell a lie, we fly on 24 May"),
    ("We fly on 23 May", "Correction: it's 24 May"),
    ("My phone number is 555-0142", "Typo: it's 555-0143"),
    ("My phone number is 555-0142", "Sorry, the number should be 555-0143"),
    (
        "The baby is due at the end of September",
        "I told you the baby's due at the end of September, but it's 8 October",
    ),
    ("My sister is called Anne", "It's Anna, not Anne, sorry"),
    ("My sister is called Anne", "Her name is spelled Anna, not Anne"),
    ("My surname is Meyer", "It's spelled Meier, with an i"),
    ("The meeting is at 3", "Wait, the meeting is at 4"),
    ("The meeting is at 3pm", "Actually it's at 4pm"),
    ("My son is five", "I misspoke, my son is six"),
    ("I have two brothers", "Wait, I meant three brothers"),
    ("I live at 13 Elm Road", "My mistake, I live at 31 Elm Road"),
    ("I'm allergic to penicillin", "I was wrong, I'm allergic to amoxicillin, not penicillin"),
    ("The party is on Saturday 7 June", "I mixed up the dates, the party is on Sunday 8 June"),
    ("My train leaves at 8:15", "Scratch that, my train leaves at 8:50"),
]
DELETED = [
    ("Daniel's blood pressure is too high", "Please forget what I told you about Daniel's blood pressure"),
    (
        "Daniel's been told his blood pressure is too high and he should watch it",
        "Please forget what I told you about Daniel's blood pressure",
    ),
    (
        "My brother Wout borrowed 4000 euros off me and hasn't paid back a cent",
        "could you delete what I told you about Wout and the money?",
    ),
    (
        "My brother Wout borrowed 4000 euros off me and hasn't paid back a cent",
        "Please don't keep the thing about my brother's debt",
    ),
    ("I've put in for deputy head at my school", "You can forget the deputy head thing, I've withdrawn"),
    ("My phone number is 555-0142", "Please remove my phone number"),
    ("My address is 31 Tannery Row", "Can you erase my address please"),
    ("My salary is 48,000 a year", "Delete what I said about my salary"),
    ("I have a mole on my shoulder", "Please drop what I said about the mole"),
    ("I've been diagnosed with diabetes", "I'd like you to forget about my diabetes"),
    ("I've been diagnosed with diabetes", "Please don't store anything about my health"),
    ("We're thinking of moving to Spain", "Scratch the thing about moving to Spain"),
    ("We're going to Crete in July", "Never mind the Crete trip, it's off"),
    ("I'm looking for a new job", "Please ignore what I said about looking for a new job"),
    ("My ex is called Paul", "I don't want you to remember anything about Paul"),
    ("My ex is called Paul", "Can you wipe everything about Paul?"),
    ("I owe my sister 200 euros", "Please get rid of the note about the money I owe my sister"),
    ("I'm pregnant", "Could you unlearn that I'm pregnant?"),
    ("My son was suspended from school", "What I told you about my son's suspension, please delete it"),
    ("I smoke ten cigarettes a day", "I'd rather you didn't keep what I said about smoking"),
    ("I'm vegetarian", "I'm not vegetarian any more"),
    ("I drink coffee every morning", "I don't drink coffee any more"),
    ("I play in a band", "I don't play in the band any more"),
    ("I'm on a diet", "I'm no longer on a diet"),
    ("I do yoga on Mondays", "I've stopped doing yoga"),
    ("I see a physio every Friday", "I don't see the physio any more"),
    ("I take iron tablets", "I've stopped taking the iron tablets"),
    ("I have a subscription to the Times", "I don't have the Times subscription any more"),
    ("I volunteer at the shelter", "I don't volunteer at the shelter any longer"),
]
REPEATED = [
    ("I'm lactose intolerant and nobody wants to see that", "I'm lactose intolerant"),
    ("My daughter is allergic to pistachios", "My daughter's still allergic to pistachios"),
    ("I live in Oslo", "We're still in Oslo"),
    ("I live in Oslo", "Still living in Oslo"),
    ("I work nights", "As I said, I work nights"),
    ("I work nights at the hospital", "Like I said I work nights"),
    ("My cat is fourteen", "My cat is fourteen years old"),
    ("I drive a red Volvo", "I drive a Volvo"),
    ("My phone number is 555-0142", "My number is still 555-0142"),
    ("I can't stand rosemary", "I really don't like rosemary"),
    ("I'm vegetarian", "I'm still vegetarian"),
    ("I don't eat meat because of the climate", "I don't eat meat"),
    ("My favourite dish is the harissa chicken", "The harissa chicken is still my favourite dish"),
    ("We have no car", "We don't have a car"),
    ("I live in Leeds", "Still in Leeds, by the way"),
    ("I'm allergic to soy protein", "I'm still allergic to soy"),
]
BESIDE = [
    ("I live in Leeds", "My sister moved to Otley"),
    ("I live in Leeds", "We're in Cardiff for the weekend"),
    ("I live in Leeds", "We'll be at my mum's in Cardiff until Sunday"),
    ("I live in Leeds", "If we moved to Otley, would I need a new account?"),
    ("I live in Leeds", "We might move to Otley one day"),
    ("I live in Leeds", "I'm thinking about moving to Otley"),
    ("I live in Leeds", "I grew up in Otley"),
    ("I live in Leeds", "My husband works in Otley"),
    ("I live in Leeds", "My parents live in Cardiff"),
    ("I live in Leeds", "We went to Lisbon in May"),
    ("I live in Leeds", "My friend Bea moved from Leeds to York"),
    ("I work at Acme", "I used to work at the bank"),
    ("I work at Acme", "My wife started at the brewery in January"),
    ("I work at Acme", "I have an interview at Globex on Friday"),
    ("I work at Acme", "I was a waiter for two years before that"),
    ("I work at Acme", "I've applied for a job at Globex"),
    ("I work at Acme", "Acme opened a new office in Leeds"),
    ("My phone number is 555-0142", "My husband's number is 555-0199"),
    ("My phone number is 555-0142", "My order number is 77120"),
    ("My email is kim@example.org", "My work email is kim@acme.example"),
    ("I'm 41", "My brother turned 42"),
    ("My daughter Nina is seven", "My son Leo is four"),
    ("I'm vegetarian", "My husband has gone vegan"),
    ("My daughter is allergic to cashews", "I'm allergic to pollen"),
    ("My daughter is allergic to cashews", "My daughter is fine with almonds"),
    ("I love coffee", "I love tea"),
    ("I love coffee", "My sister has gone off coffee"),
    ("I drive a Volvo", "My brother bought a Kia"),
    ("I drive a Volvo", "I rented a Kia on holiday"),
    ("My favourite dish is lasagne", "My favourite drink is rooibos"),
    ("My favourite dish is lasagne", "My daughter's favourite dish is pizza"),
    ("The harissa chicken is my favourite", "My husband's favourite is the lamb"),
    ("My dentist appointment is on 24 April", "My dermatologist appointment is on 8 May"),
    ("My interview is on 12 June", "Bea's interview is on 9 June"),
    ("I go to the gym on Mondays", "I go swimming on Wednesdays"),
    ("I run on Saturdays", "I ran with Tom on Tuesday"),
    ("We have two cats", "My neighbour has three cats"),
    ("I'm learning Spanish", "I'm learning the guitar"),
    ("I have a dog named Rex", "I have a cat called Mia"),
    ("I'm married", "My cousin got married last weekend"),
    ("I'm single", "My sister is engaged"),
    ("We're going to Naples in May", "We're going to Cardiff in August"),
    ("I bought a guitar", "I bought a banjo"),
    ("My sister is called Anna", "My mother is called Ruth"),
    ("I can't stand coffee", "I can't stand rosemary"),
    ("The wedding is on 14 June", "My cousin's birthday is on 6 September"),
    ("I take the bus to work", "I take the dog to the park"),
    ("I use Spotify", "I use Excel at work"),
    ("I teach year four", "My sister teaches year six"),
    ("Please use bullet points", "Please give distances in kilometres"),
    ("My boss is called Petra", "My neighbour is called Henrik"),
    ("I drink five cups of coffee a day", "My husband drinks two cups of tea a day"),
    ("We're flying to Athens on 3 April for my cousin's wedding", "The wedding has been moved to 12 April"),
    ("My favourite colour is green", "My favourite is now the rowing machine"),
    ("I live in Manchester", "My mum moved in with my aunt"),
    ("I love coffee", "I finished my coffee"),
    ("I'm reading Middlemarch", "I'm learning Greek now"),
    ("We fly to Rome on 3 May", "We fly to Oslo on 9 July"),
    ("My daughter's party is on 24 May", "My son's party has been moved to the 31st"),
]


@pytest.mark.parametrize("pair", REPLACED, ids=map(name, REPLACED))
def test_news_of_a_change_updates(pair: tuple[str, str]) -> None:
    """However it is told that something is now otherwise, the memory is superseded and nothing is deleted."""
    operations = after(*pair)
    assert ("UPDATE", "supersede") in operations
    assert not any(operation == "DELETE" for operation, _ in operations)


@pytest.mark.parametrize("pair", CORRECTED, ids=map(name, CORRECTED))
def test_a_mistake_put_right_corrects(pair: tuple[str, str]) -> None:
    """However it is told that what was said was wrong, the memory is corrected over its whole time."""
    assert after(*pair) == [("UPDATE", "correct")]


@pytest.mark.parametrize("pair", DELETED, ids=map(name, DELETED))
def test_a_topic_that_is_to_be_forgotten_deletes(pair: tuple[str, str]) -> None:
    """A request that names a topic in other words, or news of an end, deletes the one memory about it."""
    assert [operation for operation, _ in after(*pair) if operation != "ADD"] == ["DELETE"]


@pytest.mark.parametrize("pair", REPEATED, ids=map(name, REPEATED))
def test_what_still_holds_changes_nothing(pair: tuple[str, str]) -> None:
    """The same said again, shorter or with "still", is NONE."""
    assert after(*pair) == [("NONE", "")]


@pytest.mark.parametrize("pair", BESIDE, ids=map(name, BESIDE))
def test_what_is_of_another_is_added(pair: tuple[str, str]) -> None:
    """Another person, another thing, a visit, a wish, a past or a possibility leaves the memory alone."""
    assert all(operation == "ADD" for operation, _ in after(*pair))
