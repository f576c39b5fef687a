"""What schemathesis is told about the wallet API: half of the wallets that it names are real ones, new users have new
names, valid data may be refused for some reasons only, what is wrong in a batch is refused where it is wrong, and a run
that met no success has shown nothing."""

import os
import re
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

# Bare or in quotes.
KEY = re.compile(r"""[!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}\"""")

# Of 1.0, which is an integer to a schema.
NOT_EXACT = 'A number with a fraction or an exponent is not exact in JSON: send a string, such as "10.50".'

KEY_REUSED = "The idempotency key has been used for another operation."
# Schemathesis adds parts of earlier answers to examples, whatever the schema says.
ADDED = "There is no such field."

# Of a cursor with a number that is too large, or of what is not listed there.
NO_CURSOR = "A cursor of another query, or none at all."

# A URL of the schema need not be one that everyone reaches.
URLS = {
    'An absolute URL is expected, such as "https://example.com/hook".',
    "The address must begin with https://.",
    "The address must not have a username or a password.",
    "The address must not have a fragment (#).",
    "The address is private, or not one that everyone reaches.",
}

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
    "POST /api/wallets/{wallet}/transfers/": {NOT_EXACT, KEY_REUSED},
    "POST /api/batch/": {NOT_EXACT, ADDED, KEY_REUSED},
    "POST /api/wallets/{wallet}/holds/": {NOT_EXACT, ADDED, KEY_REUSED, "A whole number from 1 to 31622400 is expected."},
    "POST /api/wallets/{wallet}/holds/{id}/capture/": {NOT_EXACT, ADDED, KEY_REUSED},
    "POST /api/wallets/{wallet}/holds/{id}/void/": {ADDED, KEY_REUSED},
    "POST /api/wallets/{wallet}/operations/{id}/reverse/": {NOT_EXACT, ADDED, KEY_REUSED},
    "PATCH /api/wallets/{wallet}/rules/": {NOT_EXACT, ADDED, KEY_REUSED},
    "POST /api/webhooks/": {*URLS, ADDED, KEY_REUSED, NO_CURSOR},
    "PATCH /api/webhooks/{webhook}/": {*URLS, ADDED, KEY_REUSED},
    "POST /api/webhooks/{webhook}/rotate/": {ADDED, KEY_REUSED},
    "POST /api/webhooks/{webhook}/replay/": {ADDED, KEY_REUSED, NO_CURSOR},
    "GET /api/webhooks/{webhook}/set-aside/": {NO_CURSOR},
    "POST /api/webhooks/{webhook}/set-aside/{id}/send/": {ADDED, KEY_REUSED},
    "POST /api/token/": {"Unable to log in with provided credentials.", "Null characters are not allowed."},
    "GET /api/wallets/{wallet}/holds/": {NO_CURSOR},
    "GET /api/events/": {NO_CURSOR},
    "GET /api/wallets/{wallet}/statement/": {
        "The time must not be in the future.",
        "The time must not be after that of to.",
    },
    "GET /api/wallets/{wallet}/balance/": {
        "The time must not be in the future.",
        "This field and at do not go together.",
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
    ("POST /api/wallets/{wallet}/transfers/", 201),
    ("POST /api/wallets/{wallet}/transfers/", 400),
    ("POST /api/wallets/{wallet}/transfers/", 404),
    ("POST /api/wallets/{wallet}/transfers/", 409),
    ("POST /api/batch/", 200),
    ("POST /api/batch/", 400),
    ("POST /api/batch/", 409),
    ("GET /api/wallets/{wallet}/balance/", 200),
    ("GET /api/wallets/{wallet}/balance/", 400),
    ("GET /api/wallets/{wallet}/balance/", 404),
    ("GET /api/wallets/{wallet}/holds/", 200),
    ("GET /api/wallets/{wallet}/holds/", 400),
    ("POST /api/wallets/{wallet}/holds/", 201),
    ("POST /api/wallets/{wallet}/holds/", 400),
    ("POST /api/wallets/{wallet}/holds/", 404),
    ("GET /api/wallets/{wallet}/holds/{id}/", 200),
    ("GET /api/wallets/{wallet}/holds/{id}/", 404),
    ("POST /api/wallets/{wallet}/holds/{id}/capture/", 200),
    ("POST /api/wallets/{wallet}/holds/{id}/capture/", 400),
    ("POST /api/wallets/{wallet}/holds/{id}/capture/", 404),
    ("POST /api/wallets/{wallet}/holds/{id}/void/", 200),
    ("POST /api/wallets/{wallet}/holds/{id}/void/", 404),
    ("POST /api/wallets/{wallet}/operations/{id}/reverse/", 201),
    ("POST /api/wallets/{wallet}/operations/{id}/reverse/", 400),
    ("POST /api/wallets/{wallet}/operations/{id}/reverse/", 404),
    ("GET /api/wallets/{wallet}/rules/", 200),
    ("PATCH /api/wallets/{wallet}/rules/", 200),
    ("PATCH /api/wallets/{wallet}/rules/", 400),
    ("PATCH /api/wallets/{wallet}/rules/", 404),
    ("GET /api/wallets/{wallet}/statement/", 200),
    ("GET /api/wallets/{wallet}/statement/", 400),
    ("GET /api/wallets/{wallet}/statement/", 404),
    ("GET /api/events/", 200),
    ("GET /api/events/", 400),
    ("GET /api/journal/", 200),
    ("GET /api/journal/", 400),
    ("GET /api/webhooks/", 200),
    ("POST /api/webhooks/", 201),
    ("POST /api/webhooks/", 400),
    ("GET /api/webhooks/{webhook}/", 200),
    ("GET /api/webhooks/{webhook}/", 404),
    ("PATCH /api/webhooks/{webhook}/", 200),
    ("PATCH /api/webhooks/{webhook}/", 404),
    ("DELETE /api/webhooks/{webhook}/", 204),
    ("POST /api/webhooks/{webhook}/rotate/", 200),
    ("POST /api/webhooks/{webhook}/rotate/", 404),
    ("POST /api/webhooks/{webhook}/replay/", 200),
    ("POST /api/webhooks/{webhook}/replay/", 404),
    ("GET /api/webhooks/{webhook}/set-aside/", 200),
    ("GET /api/webhooks/{webhook}/set-aside/", 404),
    ("POST /api/webhooks/{webhook}/set-aside/{id}/send/", 404),
    ("POST /api/token/", 400),
    # There is a key, and no owner's token.
    ("DELETE /api/token/", 401),
    ("POST /api/password/", 401),
    ("GET /livez", 200),
    ("GET /readyz", 200),
}


def post(path, body):
    key = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    answer = requests.post(os.environ["BASE_URL"] + path, json=body, headers=key, timeout=60)
    answer.raise_for_status()
    return answer


def new_wallet():
    name = uuid4().hex
    user = {"username": name, "email": f"{name}@example.com", "password": "secret"}
    return post("/api/register/", user).headers["Location"].split("/")[3]


# The rules of one wallet are changed, so that no freeze ends what is done with the others; another one always has money, and room
# for more, to hold and to reverse.
WALLET, OTHER, RULED, RICH = new_wallet(), new_wallet(), new_wallet(), new_wallet()
for wallet in WALLET, RICH:
    post(f"/api/wallets/{wallet}/operation/", {"operationType": "DEPOSIT", "amount": "1000000.00"})


# There can be a hundred: what a run makes is deleted again, but for this one.
HOOK = {"url": "https://hooks.example.com/", "enabled": False}
WEBHOOK = post("/api/webhooks/", HOOK).json()["id"]


def is_real(wallet):
    """Whether the wallet of a UUID is there: of every other one."""
    try:
        return UUID(wallet).int % 2 == 0
    except (TypeError, ValueError, AttributeError):
        return False


def last_digit(wallet):
    """Of a UUID; a letter that is no digit if it is none."""
    try:
        return UUID(wallet).hex[-1]
    except (TypeError, ValueError, AttributeError):
        return "x"


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not isinstance(path_parameters, dict):
        return path_parameters
    label = context.operation.label
    if is_real(path_parameters.get("webhook")):
        return {**path_parameters, "webhook": WEBHOOK if not label.startswith("DELETE") else new_webhook()}
    wallet, id = path_parameters.get("wallet"), path_parameters.get("id")
    # Few bodies are valid here, so little chance is left to wallet and number.
    if label.endswith("/reverse/") and isinstance(id, int) and last_digit(wallet) in "02468acef":
        return {**path_parameters, "wallet": RICH, "id": new_deposit()}
    if not is_real(wallet):
        return path_parameters
    if label.startswith("PATCH"):
        return {**path_parameters, "wallet": RULED}
    if isinstance(id, int) and id % 2 == 0 and "/holds/" in label:
        return {**path_parameters, "wallet": RICH, "id": new_hold()}
    return {**path_parameters, "wallet": WALLET}


def new_webhook():
    return post("/api/webhooks/", HOOK).json()["id"]


def new_hold():
    # It expires soon, as a wallet has so many at most.
    return post(f"/api/wallets/{RICH}/holds/", {"amount": "1.00", "expires_in": 5}).json()["id"]


def new_deposit():
    # More than most amounts that are asked back.
    deposit = {"wallet": RICH, "kind": "DEPOSIT", "amount": "10000000.00"}
    return post("/api/batch/", {"operations": [deposit]}).json()["results"][0]["id"]


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.label == "GET /api/events/":
        wait_briefly(case.query)
    if not is_positive(case) or not isinstance(case.body, dict):
        return
    if case.operation.label == "POST /api/register/":
        name_anew(case.body)
    if case.operation.label == "POST /api/wallets/{wallet}/transfers/":
        name_real_wallets(case.body)
    if case.operation.label == "POST /api/wallets/{wallet}/holds/":
        expire_once(case.body)
    if case.operation.label == "POST /api/wallets/{wallet}/holds/{id}/capture/":
        name_real_wallets(case.body)
    if case.operation.label == "POST /api/wallets/{wallet}/operations/{id}/reverse/" and is_even(case.body.get("amount")):
        # All of it.
        case.body.pop("amount", None)
    if case.operation.label == "POST /api/webhooks/":
        make_room()
        name_real_wallets(case.body)
        case.body["enabled"] = False
        if len(case.body["url"]) % 2 == 0:
            case.body["url"] = HOOK["url"]
    if case.operation.label == "PATCH /api/webhooks/{webhook}/" and "url" in case.body:
        case.body["url"] = HOOK["url"]
    if case.operation.label == "POST /api/batch/":
        # Left to chance, hardly one would be.
        case.body.setdefault("atomic", True)
        for operation in case.body["operations"]:
            name_real_wallets(operation)
            give_receiver(operation)


def wait_briefly(query):
    """A run would take hours with waits of up to half a minute."""
    try:
        if 1 < int(query["wait"]) <= 30:
            query["wait"] = 1
    except (KeyError, TypeError, ValueError):
        pass


def make_room():
    """Deletes the webhooks that the run made, before there are too many."""
    key = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    address = os.environ["BASE_URL"] + "/api/webhooks/"
    made = requests.get(address, headers=key, timeout=60).json()["results"]
    for webhook in made if len(made) > 80 else []:
        if webhook["id"] != WEBHOOK:
            requests.delete(f"{address}{webhook['id']}/", headers=key, timeout=60).raise_for_status()


def is_even(amount):
    """Of every other amount."""
    return str(amount)[-1:] in "02468"


def name_anew(user):
    """Valid registrations get names that nobody has yet, as far as there is room, or most would be refused."""
    unique = uuid4().hex[:12]
    if len(user["username"]) <= 100:
        user["username"] = unique + user["username"]
    if user["email"].index("@") <= 50 and len(user["email"]) <= 200:
        user["email"] = unique + user["email"]


def name_real_wallets(operation):
    """Sometimes the same one twice, which is refused."""
    for name in "wallet", "to":
        if is_real(operation.get(name)):
            operation[name] = WALLET if UUID(operation[name]).int % 4 == 0 else OTHER


def expire_once(hold):
    """By one of the two ways, and in time, which no schema can say."""
    if hold.get("expires_at") is not None:
        hold.pop("expires_in", None)
        hold["expires_at"] = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()


def give_receiver(operation):
    """A transfer of a batch has a receiver, and nothing else has one: the schema cannot say it."""
    if operation["kind"] != "TRANSFER":
        operation.pop("to", None)
    elif operation.get("to") is None:
        operation["to"] = OTHER


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def has_valid_body(case):
    """A header that the description does not name, beside a valid body, is nothing that is refused."""
    body = case.meta.components.get(ParameterLocation.BODY) if case.meta is not None else None
    return body is not None and body.mode.is_positive


def is_batch(case):
    """Whether a batch is sent. What is invalid may be the method."""
    return case.operation.label == "POST /api/batch/" and case.method == "POST"


def complaints(body):
    """Every sentence of a refusal, whichever of the contract's forms it has."""
    if "code" in body:
        body = body.get("errors", {"detail": body["detail"]})
    for value in body.values():
        yield from value if isinstance(value, list) else [value]


def refusals(case, response):
    """The body of a refusal, or those of a batch's operations that were refused for what they say."""
    if response.status_code in (400, 422):
        return [response.json()]
    if response.status_code == 200 and is_batch(case):
        return [result for result in response.json()["results"] if result["status"] in (400, 422)]
    return []


def is_malformed_multipart(case):
    """Whether a part's name has a character that no header may have: the engine reads no further. Only names that
    schemathesis adds do, and no schema speaks of those."""
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return False
    return any(character < " " or character == "\x7f" for name in case.body for character in name)


@schemathesis.check
def valid_data_is_refused_only_for_what_no_schema_says(ctx, response, case):
    allowed = REASONS.get(case.operation.label)
    if allowed is None or not is_positive(case) or is_malformed_multipart(case):
        return
    refused = refusals(case, response)
    other = {complaint for body in refused for complaint in complaints(body)} - allowed - {"error"}
    if other:
        raise AssertionError(f"valid data was refused: {other}")


@schemathesis.check
def what_is_wrong_in_a_batch_is_refused(ctx, response, case):
    """All of the batch, or what is wrong with one operation as that operation's result."""
    if not is_batch(case) or is_positive(case) or has_valid_body(case) or response.status_code != 200:
        return
    if not refusals(case, response):
        raise AssertionError("invalid data was accepted")


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
