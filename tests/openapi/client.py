"""A client that was generated from the API's description registers users, deposits, withdraws, transfers, sends batches, holds
money, reverses, sets rules, makes a webhook, and reads what happened: the history, a statement and the feed."""

import os
from uuid import UUID, uuid4

from wallet_client import AuthenticatedClient, Client
from wallet_client.api.access import change_password, create_token, delete_token
from wallet_client.api.events import list_events
from wallet_client.api.journal import list_journal
from wallet_client.api.wallets import (
    capture_hold,
    change_rules,
    create_batch,
    create_hold,
    create_transfer,
    get_balance,
    get_hold,
    get_operation,
    get_rules,
    get_statement,
    get_wallet,
    list_holds,
    list_operations,
    perform_operation,
    register_user,
    reverse_operation,
    void_hold,
)
from wallet_client.api.webhooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    get_webhook,
    list_events_set_aside,
    list_webhooks,
    replay_webhook,
    rotate_webhook,
    send_event_again,
)
from wallet_client.models import (
    Batch,
    BatchOperation,
    BatchOperationKind,
    BatchReceipt,
    BatchRefusal,
    BatchResults,
    Capture,
    ChangedRules,
    CredentialErrors,
    Credentials,
    CurrentRules,
    Detail,
    EventsPage,
    EventType,
    Failure,
    Hold,
    HoldReceipt,
    HoldRequest,
    HoldsPage,
    JournalPage,
    NewToken,
    Operation,
    OperationOperationType,
    OperationsPage,
    PasswordChange,
    PastOperation,
    Problem,
    Receipt,
    Registered,
    Registration,
    RegistrationErrors,
    Reversal,
    ReversalReceipt,
    RulesChange,
    RulesChangeDebits,
    Statement,
    Token,
    Transfer,
    TransferReceipt,
    Webhook,
    WebhookChange,
    WebhookReplay,
    WebhookRequest,
    WebhookState,
    WebhookWithSecret,
)

base_url = os.environ["BASE_URL"]
client = AuthenticatedClient(base_url=base_url, token=os.environ["TOKEN"])
stranger = Client(base_url=base_url)


def register():
    name = uuid4().hex
    user = Registration(username=name, email=f"{name}@example.com", password="StrongPassword123")
    answer = register_user.sync_detailed(client=client, body=user)
    assert answer.status_code == 201, answer
    assert answer.parsed == Registered(username=name, email=user.email, wallet_balance="0.00"), answer
    return user, UUID(answer.headers["Location"].split("/")[3])


user, wallet = register()
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

body = WebhookRequest(url="https://hooks.example.com/", wallet=wallet, enabled=False)
key = uuid4().hex
made = create_webhook.sync_detailed(client=client, body=body, idempotency_key=key)
assert made.status_code == 201 and isinstance(made.parsed, WebhookWithSecret), made
assert made.parsed.secret.startswith("whsec_"), made
again = create_webhook.sync(client=client, body=body, idempotency_key=key)
assert isinstance(again, WebhookWithSecret) and (again.id, again.secret) == (made.parsed.id, None), again
webhook = made.parsed.id
rotated = rotate_webhook.sync(webhook, client=client)
assert isinstance(rotated, WebhookWithSecret) and rotated.secret != made.parsed.secret, rotated
replayed = replay_webhook.sync(webhook, client=client, body=WebhookReplay(after="now"))
assert isinstance(replayed, Webhook), replayed
changed = change_webhook.sync(webhook, client=client, body=WebhookChange(url="https://hooks.example.org/"))
assert isinstance(changed, Webhook) and changed.url == "https://hooks.example.org/", changed
state = get_webhook.sync(webhook, client=client)
assert isinstance(state, WebhookState) and state.progress.waiting == 0, state
assert state in list_webhooks.sync(client=client).results
assert list_events_set_aside.sync(webhook, client=client).results == []
missing = send_event_again.sync(webhook, 7, client=client)
assert isinstance(missing, Problem) and missing.code == "event_not_found", missing
for _ in range(2):
    assert delete_webhook.sync_detailed(webhook, client=client).status_code == 204

found = get_wallet.sync(wallet, client=client)
assert found is not None and found.balance == "69.50", found

page = list_operations.sync(wallet, client=client, limit=1)
assert isinstance(page, OperationsPage), page
assert [operation.balance_after for operation in page.results] == ["69.50"], page
assert page.next_ is not None, page
first = get_operation.sync(wallet, 1, client=client)
assert isinstance(first, PastOperation) and first.amount == "100.00", first

_, other = register()


def transfer(amount, key):
    body = Transfer(to=other, amount=amount, reference="rent")
    return create_transfer.sync_detailed(wallet, client=client, body=body, idempotency_key=key)


sent = transfer("9.50", "fourth")
assert sent.status_code == 201 and isinstance(sent.parsed, TransferReceipt), sent
assert sent.parsed.balance == "60.00", sent
repeated = transfer("9.50", "fourth")
assert repeated.parsed == sent.parsed and repeated.headers["Idempotency-Replayed"] == "true", repeated
refused = transfer("60.01", "fifth")
assert refused.status_code == 409 and isinstance(refused.parsed, Problem), refused
assert refused.parsed.code == "insufficient_funds", refused
came = get_operation.sync(other, 1, client=client)
assert isinstance(came, PastOperation), came
assert (came.kind, came.transfer, came.other_wallet) == ("TRANSFER_IN", sent.parsed.transfer, wallet), came
assert came.reference == "rent", came


def batch(atomic, *operations):
    body = Batch(atomic=atomic, operations=list(operations))
    return create_batch.sync_detailed(client=client, body=body)


pay = BatchOperation(wallet=wallet, kind=BatchOperationKind.TRANSFER, to=other, amount=10, key="sixth")
overdraw = BatchOperation(wallet=other, kind=BatchOperationKind.WITHDRAW, amount="19.51")
refused = batch(True, pay, overdraw)
assert refused.status_code == 409 and isinstance(refused.parsed, Problem), refused
assert (refused.parsed.index, refused.parsed.cause) == (1, "insufficient_funds"), refused
done = batch(False, pay, overdraw)
assert isinstance(done.parsed, BatchResults), done
paid, overdrawn = done.parsed.results
assert isinstance(paid, BatchReceipt) and (paid.balance, paid.replayed) == ("50.00", False), paid
assert isinstance(overdrawn, BatchRefusal) and overdrawn.code == "insufficient_funds", overdrawn


def hold(amount, key):
    body = HoldRequest(amount=amount, expires_in=3600, reference="order 7")
    return create_hold.sync_detailed(wallet, client=client, body=body, idempotency_key=key)


placed = hold("30.00", "seventh")
assert placed.status_code == 201 and isinstance(placed.parsed, Hold), placed
assert (placed.parsed.remaining, placed.parsed.reference) == ("30.00", "order 7"), placed
assert hold("30.00", "seventh").parsed == placed.parsed
assert get_hold.sync(wallet, placed.parsed.id, client=client) == placed.parsed
parts = get_balance.sync(wallet, client=client)
assert (parts.balance, parts.held, parts.available) == ("50.00", "30.00", "20.00"), parts
captured = capture_hold.sync_detailed(
    wallet, placed.parsed.id, client=client, body=Capture(amount="20.00", final=True)
)
assert isinstance(captured.parsed, HoldReceipt), captured
assert (captured.parsed.balance, captured.parsed.hold.released) == ("30.00", "10.00"), captured
refused = void_hold.sync_detailed(wallet, placed.parsed.id, client=client)
assert isinstance(refused.parsed, Problem) and refused.parsed.code == "hold_closed", refused
assert refused.parsed.hold == captured.parsed.hold, refused
listed = list_holds.sync(wallet, client=client)
assert isinstance(listed, HoldsPage) and listed.results == [captured.parsed.hold], listed

reversed_ = reverse_operation.sync_detailed(wallet, captured.parsed.id, client=client, body=Reversal())
assert reversed_.status_code == 201 and isinstance(reversed_.parsed, ReversalReceipt), reversed_
assert reversed_.parsed.balance == "50.00", reversed_
original = get_operation.sync(wallet, captured.parsed.id, client=client)
assert original.reversed_by == [reversed_.parsed.id], original

body = RulesChange(debits=RulesChangeDebits.FROZEN, daily_out_max="100.00", operation_max=None, reason="a lost card")
changed = change_rules.sync_detailed(wallet, client=client, body=body, idempotency_key="eighth")
assert isinstance(changed.parsed, ChangedRules) and changed.parsed.debits == "frozen", changed
rules = get_rules.sync(wallet, client=client)
assert isinstance(rules, CurrentRules) and rules.daily_out_remaining == "30.00", rules
refused = hold("1.00", "ninth")
assert isinstance(refused.parsed, Problem) and refused.parsed.code == "wallet_frozen", refused


def rows(operations):
    return [(operation.id, operation.kind.value, operation.amount) for operation in operations]


history = rows(reversed(list_operations.sync(wallet, client=client, limit=100).results))
statement = get_statement.sync(wallet, client=client)
assert isinstance(statement, Statement) and rows(statement.entries) == history, statement
assert (statement.opening.balance, statement.closing.balance) == ("0.00", "50.00"), statement
noon = statement.entries[3].created_at
before, after = get_statement.sync(wallet, client=client, to=noon), get_statement.sync(wallet, client=client, from_=noon)
assert rows(before.entries + after.entries) == history and len(before.entries) == 3, (before, after)
assert before.closing.to_dict() == after.opening.to_dict(), (before, after)
refused = get_statement.sync(UUID(int=7), client=client)
assert isinstance(refused, Problem) and refused.code == "wallet_not_found", refused

told, page = [], list_events.sync(client=client, wallet=wallet, limit=3)
while page.events:
    assert isinstance(page, EventsPage) and {event.wallet for event in page.events} == {wallet}, page
    assert page.next_ == page.events[-1].cursor and len(page.events) <= 3, page
    told += page.events
    page = list_events.sync(client=client, wallet=wallet, limit=3, after=page.next_)
assert rows(event.operation for event in told) == history, told
assert told[0].type_ == EventType.OPERATION_DEPOSIT, told[0]
end = list_events.sync(client=client, after="now", wait=1)
assert isinstance(end, EventsPage) and end.events == [], end
refused = list_events.sync(client=client, after="never")
assert isinstance(refused, Problem) and "after" in refused.errors.additional_properties, refused

journal = list_journal.sync(client=client, limit=1)
assert isinstance(journal, JournalPage) and journal.next_ == 1, journal
assert (journal.entries[0].action, journal.entries[0].username) == ("key_made", None), journal

found = get_wallet.sync(wallet, client=client)
assert found is not None and found.balance == "50.00", found
print(f"generated client: moved, held and reversed money; wallet {wallet} holds {found.balance}")

refused = get_wallet.sync(wallet, client=stranger)
assert refused == Detail.from_dict({"detail": "Authentication credentials were not provided."}), refused

credentials = Credentials(username=user.username, password=user.password)
signed_in = create_token.sync(client=stranger, body=credentials)
assert isinstance(signed_in, Token), signed_in
wrong = create_token.sync(client=stranger, body=Credentials(username=user.username, password="wrong"))
assert isinstance(wrong, CredentialErrors), wrong
assert wrong.non_field_errors == ["Unable to log in with provided credentials."], wrong


def owner(token):
    return AuthenticatedClient(base_url=base_url, token=token, prefix="Token")


assert get_wallet.sync(wallet, client=owner(signed_in.token)) == get_wallet.sync(wallet, client=client)
hidden = get_wallet.sync_detailed(other, client=owner(signed_in.token))
assert hidden.status_code == 404, hidden
change = PasswordChange(current_password=user.password, new_password="a-much-longer-one")
changed = change_password.sync(client=owner(signed_in.token), body=change)
assert isinstance(changed, NewToken), changed
ended = get_wallet.sync_detailed(wallet, client=owner(signed_in.token))
assert ended.status_code == 401, ended
assert delete_token.sync_detailed(client=owner(changed.token)).status_code == 204
again = delete_token.sync_detailed(client=owner(changed.token))
assert again.status_code == 401, again
assert again.headers["WWW-Authenticate"].startswith("Bearer"), again
