"""What schemathesis is told of this server: who calls, what exists, and what no schema can say.

The driver (tests/api/contract/fuzz.rs) makes a small mall and describes it in HOTDEAL_WORLD.
"""

import itertools
import json
import os
import random
import re

import requests
import schemathesis

WORLD = json.loads(os.environ["HOTDEAL_WORLD"])
URL = WORLD["url"]
CHANCE = random.Random(WORLD["seed"])
NUMBERS = itertools.count(1)
PASSWORD = "a long walk by the sea"


def post(path, body, token=None):
    """A call beside those that are checked; it must go well."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(URL + path, json=body, headers=headers, timeout=60)
    answer.raise_for_status()
    return answer.json()


def log_in(email, password):
    return post("/api/auth/login", {"email": email, "password": password})["data"]


def fresh_account():
    """An account for one call alone: what it does to its tokens harms no other call."""
    email = f"{WORLD['role']}-{next(NUMBERS)}@throwaway.test"
    post("/api/auth/signup", {"email": email, "name": "Kim", "password": PASSWORD})
    return log_in(email, PASSWORD)


def fresh_product():
    body = {"productName": "Lamp", "productPrice": 5}
    return post("/api/products", body, WORLD["adminToken"])["productId"]


def fresh_withdrawn():
    account = fresh_account()
    token = account["accessToken"]
    user = requests.get(URL + "/api/users/me", headers={"Authorization": f"Bearer {token}"}).json()
    post("/api/auth/withdraw", {"password": PASSWORD}, token)
    return user["userId"]


def name_of(case):
    return case.operation.definition.raw["operationId"]


# Operations that end the session or the account that calls: each call gets an account of its own.
ENDS_ITS_CALLER = ("logOut", "withdraw", "changePassword")


@schemathesis.auth(refresh_interval=None)
class Caller:
    def get(self, case, context):
        if name_of(case) in ENDS_ITS_CALLER:
            return fresh_account()["accessToken"]
        return WORLD["token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


# What exists, by the operation and the name of the parameter or member; then by the name alone.
MADE = {
    ("withdrawProduct", "productId"): fresh_product,
    ("restoreUser", "authId"): fresh_withdrawn,
    ("issueCoupon", "eventId"): lambda: CHANCE.choice(WORLD["couponEvents"]),
    ("issueCouponShort", "eventId"): lambda: CHANCE.choice(WORLD["couponEvents"]),
    ("preloadCoupons", "eventId"): lambda: CHANCE.choice([None, *WORLD["couponEvents"]]),
    ("preloadCouponsShort", "eventId"): lambda: CHANCE.choice([None, *WORLD["couponEvents"]]),
    ("logOut", "password"): lambda: PASSWORD,
    ("withdraw", "password"): lambda: PASSWORD,
    ("changePassword", "password"): lambda: PASSWORD,
    ("reissue", "refreshToken"): lambda: fresh_account()["refreshToken"],
    ("getActor", "kind"): lambda: "shop",
    ("getActor", "id"): lambda: str(CHANCE.choice(WORLD["shopId"])),
    ("openLive", "events"): lambda: ",".join(str(event) for event in WORLD["couponEvents"]),
    ("setLogLevel", "filter"): lambda: "info",
    ("getDocsFile", "file"): lambda: "start.js",
}


def made(operation, name, old):
    """Something that exists in the place of what was thought of, every other time."""
    if isinstance(old, dict):
        return {key: made(operation, key, value) for key, value in old.items()}
    if isinstance(old, list):
        return [made(operation, name, value) for value in old]
    maker = MADE.get((operation, name))
    known = WORLD.get({"productIds": "productId", "ownerId": "userId"}.get(name, name))
    if CHANCE.random() < 0.5:
        if maker is not None:
            return maker()
        if isinstance(known, list):
            return CHANCE.choice(known)
    return old


@schemathesis.hook
def before_call(context, case, kwargs):
    """Half of the good calls are about what exists, or they would all be told 404."""
    if case.meta is None or case.meta.phase.name == "stateful":
        return  # Those follow what came before.
    if not case.meta.generation.mode.is_positive:
        return  # What is to be refused stays as it is.
    operation = name_of(case)
    if case.path_parameters:
        case.path_parameters = made(operation, "", dict(case.path_parameters))
    if case.query:
        case.query = made(operation, "", dict(case.query))
    if isinstance(case.body, dict):
        case.body = made(operation, "", case.body)
        if operation == "logIn" and CHANCE.random() < 0.5:
            case.body = {"email": WORLD["email"], "password": WORLD["password"]}
    if operation == "importProducts" and isinstance(case.body, str) and CHANCE.random() < 0.5:
        is_csv = case.media_type == "text/csv"
        case.body = "name,price\nLamp,5\n" if is_csv else '{"name":"Lamp","price":5}\n'


# Good by the schema and refused nevertheless: (operation, code, member) and the rule that JSON
# Schema has no words for. Everything else that is refused fails the run.
BEYOND_THE_SCHEMA = {
    # It is not the caller's password; wire.md wants 400.
    ("logOut", "PASSWORD_MISMATCH", None),
    ("withdraw", "PASSWORD_MISMATCH", None),
    ("changePassword", "PASSWORD_MISMATCH", None),
    ("changePassword", "INVALID_VALUE", "newPassword"),
    # Too common a password.
    ("signUp", "INVALID_VALUE", "password"),
    # Path and query name different accounts, or the query names none.
    ("restoreUser", "INVALID_VALUE", "authId"),
    # As many decimal places as the currency of the shop has.
    ("createProduct", "INVALID_VALUE", "productPrice"),
    ("changeProduct", "INVALID_VALUE", "productPrice"),
    ("patchProduct", "INVALID_VALUE", "productPrice"),
    # Pieces of one product over all lines.
    ("orderProducts", "INVALID_VALUE", "orderItems"),
    ("orderV2", "INVALID_VALUE", "orderItems"),
    # No schema tells a handshake, which schemathesis cannot make.
    ("openLive", "NO_WEBSOCKET", None),
    ("openStomp", "NO_WEBSOCKET", None),
    ("openStompWebSocket", "NO_WEBSOCKET", None),
    ("openStompOverSockJs", "NO_WEBSOCKET", None),
    # A list of events within one text.
    ("openLive", "INVALID_VALUE", "events"),
    # The id of a notice; either the one or the other.
    ("listNotifications", "INVALID_VALUE", "cursor"),
    ("listNotifications", "INVALID_VALUE", "after"),
    ("readNotifications", "MISSING_VALUE", "ids"),
    ("readNotifications", "INVALID_VALUE", "ids[]"),
    ("readNotifications", "INVALID_VALUE", "upTo"),
    # A position of the list, as `nextCursor` names it.
    ("listOpenEvents", "INVALID_VALUE", "cursor"),
    ("listShownDeals", "INVALID_VALUE", "cursor"),
    ("listShownEvents", "INVALID_VALUE", "cursor"),
    ("listShopOrders", "INVALID_VALUE", "cursor"),
    # Times from 1970 on; of a shop's promise, within 90 days from now.
    ("listShopOrders", "INVALID_VALUE", "from"),
    ("listShopOrders", "INVALID_VALUE", "to"),
    ("acceptOrder", "INVALID_VALUE", "expectedAt"),
    ("delayOrder", "INVALID_VALUE", "expectedAt"),
    ("getHistory", "INVALID_VALUE", "at"),
    # The language of the log's directives.
    ("setLogLevel", "INVALID_VALUE", "filter"),
    # Rows in a text.
    ("importProducts", "INVALID_VALUE", None),
    ("importProducts", "MISSING_VALUE", "name"),
    ("importProducts", "MISSING_VALUE", "price"),
    # Either the one or the other, times in order and from 1970 on, places by currency.
    ("createEvent", "MISSING_VALUE", "eventDiscount"),
    ("createEvent", "MISSING_VALUE", "eventDuration"),
    ("createEvent", "INVALID_VALUE", "eventDiscount"),
    ("createEvent", "INVALID_VALUE", "discountAmount"),
    ("createEvent", "INVALID_VALUE", "eventDuration"),
    ("createEvent", "INVALID_VALUE", "startEventTime"),
    ("createEvent", "INVALID_VALUE", "endEventTime"),
} | {
    (operation, code, member)
    for operation in ("preloadCoupons", "preloadCouponsShort")
    for code, member in (
        # Shares that add up to 100, times in order, either a number of days or an end.
        ("INVALID_TERMS", "policies"),
        ("INVALID_TERMS", "endsAt"),
        ("INVALID_TERMS", "validDays"),
        ("MISSING_VALUE", "validDays"),
        ("INVALID_VALUE", "validDays"),
        # Times from 1970 on.
        ("INVALID_VALUE", "startsAt"),
        ("INVALID_VALUE", "endsAt"),
        ("INVALID_VALUE", "validUntil"),
        # Places by currency or percentage.
        ("INVALID_VALUE", "minimumPrice"),
        ("INVALID_VALUE", "policies[].discountAmount"),
    )
}


def is_good_after_all(case):
    """Where the query of restoreUser names the account, any text may stand in its path."""
    in_path = (case.path_parameters or {}).get("authId")
    named = (case.query or {}).get("authId", in_path)
    return name_of(case) == "restoreUser" and str(named).isdigit()


def value_of(body, member):
    """What stands at a place like `orderItems[0].quantity`; `None` where there is nothing."""
    for step in re.findall(r"[^.\[\]]+", member or ""):
        try:
            body = body[int(step) if isinstance(body, list) else step]
        except (IndexError, KeyError, TypeError, ValueError):
            return None
    return body


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if failure.code == "ST201":
        return not is_good_after_all(case)
    if failure.code == "ST202" and response.status_code == 304:
        return False  # The client said that it has the answer.
    if failure.code != "ST202" or response.status_code != 400:
        return True
    problem = response.json()
    # A number beyond 2^50 is not taken with a point: the reader might take it for its neighbour.
    value = value_of(case.body, problem.get("member"))
    if isinstance(value, float) and abs(value) > 2**50:
        return False
    # Of characters beyond 16 bits that cannot be seen the schema says nothing.
    if isinstance(value, str) and any(ord(letter) > 0xFFFF for letter in value):
        return False
    member = problem.get("member")
    if member is not None:
        member = "[]".join(part.rpartition("[")[0] or part for part in member.split("]"))
    return (name_of(case), problem["code"], member) not in BEYOND_THE_SCHEMA


@schemathesis.check
def problem_codes_conformance(context, response, case):
    """A refusal carries a code that the operation lists for its status."""
    if "application/problem+json" not in response.headers.get("content-type", [""])[0]:
        return
    document = case.operation.schema.raw_schema
    described = case.operation.definition.raw["responses"].get(str(response.status_code))
    if described is None:
        return  # Another check's matter; 405 belongs to no operation.
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    code = response.json()["code"]
    assert code in described["x-codes"], f"{code} is not among {described['x-codes']}"
