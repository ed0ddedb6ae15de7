"""Runs of tasks of many domains, three of each task, the last one failing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

Made = tuple[str, dict[str, Any], str]
_number = count()


def run(goal: str, made: Sequence[Made], end: str | None = "It is done.") -> list[dict[str, Any]]:
    """The messages of a run: what was asked, each call with its answer, and the agent's last word."""
    said: list[dict[str, Any]] = [{"role": "user", "content": goal, "id": f"{goal} m{next(_number)}"}]
    for tool, arguments, answer in made:
        call = f"c{next(_number)}"
        called = [{"id": call, "name": tool, "args": arguments}]
        said.append({"role": "assistant", "content": "", "tool_calls": called, "id": f"{goal} m{next(_number)}"})
        said.append({"role": "tool", "content": answer, "tool_call_id": call, "id": f"{goal} m{next(_number)}"})
    return said if end is None else [*said, {"role": "assistant", "content": end, "id": f"{goal} m{next(_number)}"}]


class Task(NamedTuple):
    """Three runs of one task. `varying`: per step of the procedure, the arguments that vary; `told`: what a step gives."""

    runs: tuple[list[dict[str, Any]], ...]
    varying: tuple[tuple[str, ...], ...]
    told: tuple[str, ...] = ()
    failure: str = ""


def _table(goal: str, place: str, people: Any, at: str, slot: str, booked: str = "confirmed") -> list[dict[str, Any]]:
    made = [
        ("find_restaurant", {"name": place}, f'{{"restaurant": "{place}", "slot_id": "{slot}"}}'),
        ("book_table", {"slot_id": slot, "guests": {"count": people}, "time": at, "notify": True}, booked),
    ]
    return run(goal, made, None if booked.startswith("error") else "Your table is booked.")


def _refund(
    goal: str, order: Any, amount: float, payment: str, answer: str = '{"status": "ok"}'
) -> list[dict[str, Any]]:
    made = [
        ("get_order", {"order_id": order}, f'{{"order_id": {order}, "payment": "{payment}", "amount": {amount}}}'),
        ("refund_payment", {"payment": payment, "amount": amount, "reason": "customer request"}, answer),
    ]
    return run(goal, made)


def _fix(goal: str, path: str, old: str, new: str, tests: str = "1 passed") -> list[dict[str, Any]]:
    made = [
        ("bash", {"command": f"cat {path}"}, f"def f(): {old}"),
        ("edit", {"path": path, "old": old, "new": new}, "edited"),
        ("bash", {"command": f"pytest -q {path}"}, tests),
    ]
    return run(goal, made, None if tests.startswith("ERROR") else "The test passes now.")


def _sheet(goal: str, sheet: str, column: str, total: str) -> list[dict[str, Any]]:
    made = [
        ("open_sheet", {"name": sheet}, f"opened {sheet}"),
        ("read_column", {"sheet": sheet, "column": column}, "12 values"),
        ("write_cell", {"sheet": sheet, "cell": "Z1", "formula": f"=SUM({column}:{column})"}, total),
    ]
    return run(goal, made, None if total.startswith("Error") else f"The total is {total}.")


def _rows(goal: str, table: str, day: str, answer: str = "3 rows") -> list[dict[str, Any]]:
    made = [
        ("list_tables", {}, "orders, users, visits"),
        ("run_sql", {"query": f"SELECT count(*) FROM {table} WHERE created_at >= '{day}'"}, answer),
        ("send_report", {"to": "team@example.org", "table": table, "since": day}, "sent"),
    ]
    return run(goal, made[:2] if answer.startswith("Error") else made, None if answer.startswith("Error") else "Sent.")


def _meeting(goal: str, people: list[str], day: str, at: str, answer: str = "created") -> list[dict[str, Any]]:
    made = [
        ("find_free_slot", {"attendees": people, "date": day}, f"free at {at}"),
        ("create_event", {"attendees": people, "start": {"date": day, "time": at}, "minutes": 30}, answer),
    ]
    return run(goal, made, None if answer.startswith("failed") else "The meeting is set up.")


def _convert(goal: str, source: str, target: str, answer: str = "ok") -> list[dict[str, Any]]:
    made = [
        ("shell", {"cmd": f"file {source}"}, "ASCII text"),
        ("shell", {"cmd": f"pandoc {source} -o {target}"}, answer),
        ("shell", {"cmd": f"ls -l {target}"}, "-rw-r--r--"),
    ]
    bad = answer.startswith("Error")
    return run(goal, made[:2] if bad else made, None if bad else "Converted.")


def _report(goal: str, topic: str, url: str, file: str, answer: str = "written") -> list[dict[str, Any]]:
    made = [
        ("web_search", {"query": f"{topic} overview", "limit": 5}, f'[{{"title": "{topic}", "url": "{url}"}}]'),
        ("fetch_page", {"url": url}, "a long page"),
        ("write_file", {"path": file, "content": f"# {topic}\n\nAll about {topic}, from {url}"}, answer),
    ]
    return run(goal, made, None if answer.startswith("error") else "The report is ready.")


def _deploy(goal: str, service: str, version: str, answer: str = "healthy") -> list[dict[str, Any]]:
    made = [
        ("build_image", {"service": service, "tag": version}, f"built {service}:{version}"),
        ("push_image", {"image": f"{service}:{version}"}, "pushed"),
        ("rollout", {"service": service, "image": f"{service}:{version}", "replicas": 3}, "started"),
        ("check_health", {"service": service}, answer),
    ]
    return run(goal, made, None if answer.startswith("error") else "Deployed.")


def _cook(goal: str, food: str, place: str, minutes: int, answer: str = "done") -> list[dict[str, Any]]:
    made = [
        ("locate", {"object": food}, f"the {food} is in the {place}"),
        ("goto", {"receptacle": place}, "you are there"),
        ("take", {"object": food, "from": place}, "you hold it"),
        ("goto", {"receptacle": "microwave"}, "you are there"),
        ("heat", {"object": food, "minutes": minutes}, answer),
    ]
    return run(goal, made, None if answer.startswith("error") else "It is warm.")


def _cart(goal: str, items: list[str], answer: str = "order placed") -> list[dict[str, Any]]:
    made: list[Made] = [("open_cart", {}, "cart is empty")]
    made += [("add_to_cart", {"product": item, "quantity": 1}, f"added {item}") for item in items]
    return run(goal, [*made, ("checkout", {"payment": "card"}, answer)], None if "error" in answer else "Ordered.")


def _account(goal: str, person: str, mail: str, team: str, answer: str = "welcome sent") -> list[dict[str, Any]]:
    made = [
        (
            "create_user",
            {"profile": {"name": person, "email": mail}},
            '{"user_id": "u-' + str(len(person)) + str(len(mail)) + '"}',
        ),
        ("add_to_group", {"user_id": f"u-{len(person)}{len(mail)}", "group": team}, "added"),
        ("send_welcome", {"user_id": f"u-{len(person)}{len(mail)}"}, answer),
    ]
    return run(goal, made, None if "error" in answer else "All set.")


TASKS = {
    "restaurant": Task(
        (
            _table("Book a table for 4 at Roma at 19:00", "Roma", 4, "19:00", "S-11"),
            _table("I need a table at Luigi's for two people at 8 pm, please", "Luigi's", "2", "20:00", "S-27"),
            _table("Could you reserve a table for six at Da Enzo, 18:30?", "Da Enzo", 6, "18:30", "S-9", "error: full"),
        ),
        (("name",), ("slot_id", "count", "time")),
        ("slot_id",),
        "full",
    ),
    "refund": Task(
        (
            _refund("Refund order 7", 7, 49.9, "PAY-77"),
            _refund("Customer wants money back for order 12, please refund it", "12", 5.0, "PAY-30"),
            _refund(
                "Please issue a refund for order 31", 31, 18.25, "PAY-41", '{"status": "error", "detail": "too late"}'
            ),
        ),
        (("order_id",), ("payment", "amount")),
        ("payment", "amount"),
        "too late",
    ),
    "code": Task(
        (
            _fix("Fix the failing test in tests/test_dates.py", "tests/test_dates.py", "month - 1", "month"),
            _fix("tests/test_money.py is red, repair it", "tests/test_money.py", "cents * 10", "cents * 100"),
            _fix(
                "Please fix tests/test_names.py",
                "tests/test_names.py",
                "title()",
                "upper()",
                "ERROR: collection failed",
            ),
        ),
        (("command",), ("path", "old", "new"), ("command",)),
        ("old",),
        "collection failed",
    ),
    "spreadsheet": Task(
        (
            _sheet("Sum column C of the Budget sheet", "Budget", "C", "1200"),
            _sheet("What is the total of column F in Sales?", "Sales", "F", "88"),
            _sheet("Total column B in Trips for me", "Trips", "B", "Error: not numeric"),
        ),
        (("name",), ("sheet", "column"), ("sheet", "formula")),
        (),
        "not numeric",
    ),
    "sql": Task(
        (
            _rows("Report how many orders we had since 2026-03-01 to the team", "orders", "2026-03-01"),
            _rows("How many visits since April 5, 2026? Send it to the team", "visits", "2026-04-05"),
            _rows(
                "Report new users since 2026-05-01 to the team", "users", "2026-05-01", "Error: no column created_at"
            ),
        ),
        ((), ("query",), ("table", "since")),
        (),
        "no column created_at",
    ),
    "calendar": Task(
        (
            _meeting("Set up a meeting with Anna and Bob on 2026-06-01", ["Anna", "Bob"], "2026-06-01", "10:00"),
            _meeting(
                "Schedule a meeting on June 3 with Carla, Dan and Eve", ["Carla", "Dan", "Eve"], "2026-06-03", "14:30"
            ),
            _meeting(
                "Plan a meeting with Fay and Gus, 2026-06-09",
                ["Fay", "Gus"],
                "2026-06-09",
                "09:15",
                "failed: room taken",
            ),
        ),
        (("attendees", "date"), ("attendees", "date", "time")),
        ("time",),
        "room taken",
    ),
    "conversion": Task(
        (
            _convert("Convert notes.md to notes.pdf", "notes.md", "notes.pdf"),
            _convert("Turn thesis.tex into thesis.docx please", "thesis.tex", "thesis.docx"),
            _convert("I need letter.rst as letter.html", "letter.rst", "letter.html", "Error: cannot parse"),
        ),
        (("cmd",), ("cmd",), ("cmd",)),
        (),
        "cannot parse",
    ),
    "research": Task(
        (
            _report(
                "Write a report about solar panels to solar.md", "solar panels", "https://sun.example/1", "solar.md"
            ),
            _report("Research heat pumps and save it as heat.md", "heat pumps", "https://warm.example/a", "heat.md"),
            _report(
                "Investigate wind power, file wind.md",
                "wind power",
                "https://wind.example/z",
                "wind.md",
                "error: disk full",
            ),
        ),
        (("query",), ("url",), ("path", "content")),
        ("url",),
        "disk full",
    ),
    "deployment": Task(
        (
            _deploy("Deploy billing 1.4.2", "billing", "1.4.2"),
            _deploy("Ship version 2.0.0 of search to production", "search", "2.0.0"),
            _deploy("Release auth 0.9.1, please", "auth", "0.9.1", "error: 2 of 3 replicas are down"),
        ),
        (("service", "tag"), ("image",), ("service", "image"), ("service",)),
        (),
        "replicas are down",
    ),
    "kitchen": Task(
        (
            _cook("Heat the potato for 3 minutes", "potato", "fridge", 3),
            _cook("Warm up the soup, two minutes", "soup", "cabinet", 2),
            _cook("Heat the apple for 5 minutes", "apple", "basket", 5, "error: the microwave is broken"),
        ),
        (("object",), ("receptacle",), ("object", "from"), (), ("object", "minutes")),
        ("receptacle",),
        "microwave is broken",
    ),
    "groceries": Task(
        (
            _cart("Order eggs, milk and flour", ["eggs", "milk", "flour"]),
            _cart("Buy bread and butter", ["bread", "butter"]),
            _cart("Order apples, pears, plums and nuts", ["apples", "pears", "plums", "nuts"], "error: card declined"),
        ),
        ((), ("product",), ()),
        (),
        "card declined",
    ),
    "onboarding": Task(
        (
            _account(
                "Create an account for Ann Lee (ann@example.org) in team Ops", "Ann Lee", "ann@example.org", "Ops"
            ),
            _account("Add a new user Bo Ek, bo@example.org, to Sales", "Bo Ek", "bo@example.org", "Sales"),
            _account(
                "Onboard Cy Fox with cy.fox@example.org into team Law",
                "Cy Fox",
                "cy.fox@example.org",
                "Law",
                "error: no such box",
            ),
        ),
        (("name", "email"), ("user_id", "group"), ("user_id",)),
        ("user_id",),
        "no such box",
    ),
}
