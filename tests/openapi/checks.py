"""What schemathesis is told about the wallet API: half of the wallets that it names are real ones, new users have new
names, valid data may be refused for some reasons only, and a run that met no success has shown nothing."""

import os
import re
from uuid import UUID, uuid4

import requests
import schemathesis

# Bare or in quotes.
KEY = re.compile(r"""[!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}\"""")

REASONS = {
    "POST /api/register/": {
        "Такое имя пользователя уже зарегистрировано.",
        "This field must be unique.",
        "Ключ идемпотентности уже использован для другой операции.",
        # A character that no schema speaks of, and letters of which Unicode's normal form makes several.
        "Null characters are not allowed.",
        "Ensure this field has no more than 150 characters.",
    },
    "POST /api/wallets/{wallet}/operation/": {
        "Недостаточно средств",
        "Превышен максимальный баланс кошелька",
        "Ключ идемпотентности уже использован для другой операции.",
        # Of a number, whose places the schema does not limit.
        "Ensure that there are no more than 2 decimal places.",
        "Ensure that there are no more than 10 digits in total.",
    },
    "GET /api/wallets/{wallet}/operations/": {
        "Invalid cursor.",
    },
}

# All but /api/schema/, which schemathesis reads and does not try.
MUST_BE_SEEN = {
    ("POST /api/register/", 201),
    ("POST /api/register/", 400),
    ("GET /api/wallets/{wallet}/", 200),
    ("GET /api/wallets/{wallet}/", 404),
    ("POST /api/wallets/{wallet}/operation/", 200),
    ("POST /api/wallets/{wallet}/operation/", 400),
    ("POST /api/wallets/{wallet}/operation/", 404),
    ("GET /api/wallets/{wallet}/operations/", 200),
    ("GET /api/wallets/{wallet}/operations/", 400),
    ("GET /api/wallets/{wallet}/operations/", 404),
    ("GET /api/wallets/{wallet}/operations/{id}/", 200),
    ("GET /api/wallets/{wallet}/operations/{id}/", 404),
    ("GET /livez", 200),
    ("GET /readyz", 200),
}


def new_wallet():
    name = uuid4().hex
    user = {"username": name, "email": f"{name}@example.com", "password": "secret"}
    answer = requests.post(os.environ["BASE_URL"] + "/api/register/", json=user, timeout=60)
    answer.raise_for_status()
    return answer.headers["Location"].split("/")[3]


WALLET = new_wallet()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """The wallet of every other UUID is there."""
    try:
        real = UUID(path_parameters["wallet"]).int % 2 == 0
    except (KeyError, TypeError, ValueError, AttributeError):
        real = False
    return {**path_parameters, "wallet": WALLET} if real else path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """Valid registrations get names that nobody has yet, as far as there is room, or most would be refused."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if case.operation.label != "POST /api/register/" or not positive or not isinstance(case.body, dict):
        return
    unique = uuid4().hex[:12]
    if len(case.body["username"]) <= 100:
        case.body["username"] = unique + case.body["username"]
    if case.body["email"].index("@") <= 50 and len(case.body["email"]) <= 200:
        case.body["email"] = unique + case.body["email"]


def complaints(body):
    """Every sentence of a refusal, whichever of the contract's forms it has."""
    for value in body.values():
        yield from value if isinstance(value, list) else [value]


def is_malformed_multipart(case):
    """Whether a part's name has a character that no header may have: the engine reads no further. Only names that
    schemathesis adds do, and no schema speaks of those."""
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return False
    return any(character < " " or character == "\x7f" for name in case.body for character in name)


@schemathesis.check
def valid_data_is_refused_only_for_what_no_schema_says(ctx, response, case):
    allowed = REASONS.get(case.operation.label)
    if allowed is None or response.status_code not in (400, 422):
        return
    if case.meta is None or not case.meta.generation.mode.is_positive or is_malformed_multipart(case):
        return
    other = set(complaints(response.json())) - allowed - {"error"}
    if other:
        raise AssertionError(f"valid data was refused: {other}")


@schemathesis.check
def a_malformed_key_is_refused(ctx, response, case):
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and not KEY.fullmatch(key.strip(" \t")) and response.status_code < 300:
        raise AssertionError(f"the key {key!r} was accepted")


@schemathesis.check
class EveryEndpointWasMet:
    def __init__(self):
        self.seen = set()

    def after_response(self, ctx, response, case):
        self.seen.add((case.operation.label, response.status_code))

    def after_run(self, ctx):
        missing = MUST_BE_SEEN - self.seen
        if missing:
            raise AssertionError(f"never answered: {sorted(missing)}")
