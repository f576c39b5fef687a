"""A client that was generated from the API's description registers a user, deposits, withdraws, and reads what happened."""

import os
from uuid import UUID, uuid4

from wallet_client import Client
from wallet_client.api.wallets import get_operation, get_wallet, list_operations, perform_operation, register_user
from wallet_client.models import (
    Failure,
    Operation,
    OperationOperationType,
    OperationsPage,
    PastOperation,
    Receipt,
    Registered,
    Registration,
    RegistrationErrors,
)

client = Client(base_url=os.environ["BASE_URL"])

name = uuid4().hex
user = Registration(username=name, email=f"{name}@example.com", password="StrongPassword123")
answer = register_user.sync_detailed(client=client, body=user)
assert answer.status_code == 201, answer
assert answer.parsed == Registered(username=name, email=user.email, wallet_balance="0.00"), answer
wallet = UUID(answer.headers["Location"].split("/")[3])

again = register_user.sync(client=client, body=user)
assert isinstance(again, RegistrationErrors), again
assert again.email == ["This field must be unique."], again


def operate(kind, amount, key):
    body = Operation(operation_type=OperationOperationType(kind), amount=amount)
    return perform_operation.sync_detailed(wallet, client=client, body=body, idempotency_key=key)


def receipt(balance):
    return Receipt.from_dict({"status": "success", "balance": balance})


assert operate("DEPOSIT", "100.00", "first").parsed == receipt("100.00")
repeated = operate("DEPOSIT", "100.00", "first")
assert repeated.parsed == receipt("100.00"), repeated
assert repeated.headers["Idempotency-Replayed"] == "true", repeated
assert operate("WITHDRAW", "30.50", "second").parsed == receipt("69.50")
refused = operate("WITHDRAW", "69.51", "third")
assert refused.status_code == 400, refused
assert refused.parsed == Failure.from_dict({"status": "error", "message": "Недостаточно средств"}), refused

found = get_wallet.sync(wallet, client=client)
assert found is not None and found.balance == "69.50", found

page = list_operations.sync(wallet, client=client, limit=1)
assert isinstance(page, OperationsPage), page
assert [operation.balance_after for operation in page.results] == ["69.50"], page
assert page.next_ is not None, page
first = get_operation.sync(wallet, 1, client=client)
assert isinstance(first, PastOperation) and first.amount == "100.00", first
print(f"generated client: registered, deposited and withdrew; wallet {wallet} holds {found.balance}")
