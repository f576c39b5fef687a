## The description of the API

openapi-user-created = The user, with an empty wallet.
openapi-register = Registers a user and creates a wallet for them. The wallet's address is in `Location`.
openapi-wallet-found = The wallet.
openapi-wallet-get = Returns the user and the balance of a wallet.
openapi-operation-done = The operation is committed and durable.
openapi-operation = Deposits to a wallet or withdraws from it. The body is validated before the wallet is looked up.
openapi-schema-document = This document.
openapi-schema = The description of this API, in OpenAPI 3.1.
openapi-live-yes = The process serves requests.
openapi-live = Whether the process serves requests.
openapi-ready-yes = The service is ready.
openapi-ready-no = The service is not ready, with the reason.
openapi-ready = Whether the service is ready for requests: the database takes writes, and the service is not stopping.
openapi-history-page = A page of operations.
openapi-history = Lists the operations of a wallet, newest first. `next` is the address of the page with older operations, and `null` at the end: a page may have fewer operations than `limit`, or none, without being the last.
openapi-history-next = The address of the page with older operations; `null` if there are none.
openapi-operation-found = The operation.
openapi-operation-id = The operation's number within its wallet.
openapi-operation-get = Returns one operation of a wallet.
openapi-history-limit = The maximum number of operations on the page.
openapi-history-cursor = The beginning of the page, taken from `next`; valid for the same wallet and the same filters.
openapi-history-kind = Only operations of this kind.
openapi-history-from = Only operations at this time or later.
openapi-history-to = Only operations before this time. The current time or a later one excludes nothing: operations that a wrong clock dated in the future are included.
openapi-past-operation-id = The operation's number within its wallet, from 1 and without gaps.
openapi-past-operation-kind = The kind of the operation.
openapi-past-operation-amount = The amount of the operation.
openapi-past-operation-balance = The balance after the operation.
openapi-past-operation-time = The time of the operation, in UTC.
openapi-wallet = The wallet's UUID, with its hyphens, as in the `Location` of its registration.
openapi-operation-key = An idempotency key, 1 to 255 visible ASCII characters, bare or in quotes. Sent again under it, the operation is performed once, and the first response is repeated with `Idempotency-Replayed`. Keys are per wallet and do not expire.
openapi-registration-key = An idempotency key, 1 to 255 visible ASCII characters, bare or in quotes, and hard to guess: anyone who knows it can try passwords. Sent again under it, the user is registered once, and the first response is repeated with `Idempotency-Replayed`, until the user's password or address is changed, or they become staff.
openapi-request-id = An id for this request in the log; the response has it as well. Anything but 1 to 128 visible ASCII characters is replaced.
openapi-location = The address of the new wallet.
openapi-retry-after = Seconds to wait before the next attempt.
openapi-replayed = The response repeats that of an earlier request under the same key.
openapi-answered-request-id = The request's id in the log: the client's own, or a generated one.
openapi-tag-wallets = Users, wallets and operations.
openapi-tag-service = For operators and tools.
openapi-api =
    Registers users with wallets, returns balances, deposits and withdraws.

    A wallet's address is in the `Location` header of its registration. Bodies may be JSON, URL-encoded forms or multipart forms, up to 64 KiB, in UTF-8 or in the `charset` that their `Content-Type` names; unknown fields are ignored. Responses are JSON. An address without its final slash is redirected, with 301 for GET and HEAD and 308 for other methods; an unknown address is 404, an unsupported method 405 with `Allow`. `OPTIONS` describes an address. Every response has an `X-Request-Id`.
openapi-status-400 = The request is invalid or was rejected; nothing was changed.
openapi-status-404 = The wallet, or its operation, does not exist.
openapi-status-408 = The body did not arrive in time.
openapi-status-413 = The body is too large.
openapi-status-415 = The type or the charset of the body is not supported.
openapi-status-422 = The key was used for another operation or registration; nothing was changed.
openapi-status-429 = The client exceeds its rate. Nothing was changed; retry later.
openapi-status-503 = The service is overloaded or stopping, or the database is unavailable. The request was not performed and will not be; retry later.
openapi-status-500 = An unexpected error. The request may have been performed: send it again under its key.
openapi-username = The name of the user, unique.
openapi-password = The password.
openapi-email = The e-mail address of the user, unique.
openapi-username-registered = The name, in Unicode's NFKC form.
openapi-wallet-balance = The balance of the new wallet.
openapi-user = The id of the wallet's user.
openapi-balance = The balance.
openapi-operation-type = The kind of the operation: DEPOSIT or WITHDRAW.
openapi-amount-text = A decimal number above zero, with at most two decimal places.
openapi-amount = A decimal number above zero, with at most two decimal places; a string or a number. A string is safer.
openapi-receipt-balance = The balance after the operation.
openapi-field-errors = Errors by field.
openapi-error-message = The error message.
openapi-past-operation = One operation.
openapi-transfer =
    Moves money from the wallet in the address to another one, at once: both change or neither does, and the answer comes when both are durable.

    With an `Idempotency-Key` it happens once, however often it is sent.
openapi-transfer-done = Both wallets have changed. `Location` is the sender's row in its history.
openapi-reference = What the client calls it: up to 140 characters without control characters, kept as sent.
openapi-status-409 = The wallet refuses it; nothing was changed. `code` says why.
openapi-transfer-id = What both rows of the transfer share.
openapi-batch =
    Up to 1000 deposits, withdrawals and transfers of any wallets, in at most 1 MiB. Operations of one wallet happen in the order of the list.

    With `atomic` all of them happen in one transaction or none does, over at most 100 wallets; without it each stands alone. `key` is an Idempotency-Key of the operation's wallet; the header is refused. Each operation takes its own scope, a transfer `transfers:write` and the others `operations:write`; without it, it is refused as `forbidden`.
openapi-batch-done = What became of each operation, one for one.
openapi-batch-kind = What to do.
openapi-batch-key = The operation's idempotency key, of its wallet.
openapi-transfer-body = A transfer.
openapi-transfer-receipt = A transfer that is committed.
openapi-receiver = The wallet that is paid.
openapi-other-wallet = Of a transfer: the other wallet.
openapi-row = The operation's number within the wallet that the request names.
openapi-operation-location = The address of the operation.
openapi-amount-exact = A decimal number above zero, with at most two decimal places: a string or, without places, an integer. A number with a fraction is refused.
openapi-batch-body = Operations, each by itself or all together.
openapi-batch-operation = One operation of a batch.
openapi-batch-atomic = Whether all of them happen or none; `false` if absent.
openapi-batch-wallet = The operation's wallet; of a transfer, the one that pays.
openapi-batch-receiver = Of a transfer, and only of one: the wallet that is paid.
openapi-batch-result = What became of one operation.
openapi-batch-receipt = An operation that is committed.
openapi-batch-created = It happened.
openapi-batch-replayed = Whether it had happened before, under its key.
openapi-batch-refusal = An operation that did not happen; with status 500, one whose outcome is unknown.
openapi-problem = A problem of RFC 9457.
openapi-problem-title = The status in words.
openapi-problem-status = The status.
openapi-problem-code = What a program goes by: it never changes.
openapi-problem-index = Of an atomic batch: the first operation that was refused, from 0.
openapi-problem-cause = Of an atomic batch: the code of that operation's refusal.
openapi-hold = A hold: `amount` is the sum of `captured`, `released` and `remaining`.
openapi-hold-id = The hold's number: that of the operation that placed it.
openapi-hold-status = What the hold is: open; captured, if it is closed and something was captured; voided; or expired.
openapi-hold-amount = What was reserved.
openapi-hold-captured = What was captured of it.
openapi-hold-released = What was given back of it.
openapi-hold-remaining = What is still reserved.
openapi-hold-expires-at = When what remains is given back by itself.
openapi-hold-expires-in = After how many seconds what remains is given back by itself; seven days if neither is said.
openapi-hold-until = When what remains is given back by itself, instead of `expires_in`: in the future, and at most 366 days ahead.
openapi-hold-body = A hold to be placed.
openapi-hold-place =
    Reserves a part of the wallet's balance. What is held stays in the balance and cannot be withdrawn, transferred or held again. It is captured or voided, or expires.

    With an `Idempotency-Key` it happens once, however often it is sent.
openapi-hold-placed = The hold is placed. `Location` is its address.
openapi-hold-location = The address of the hold.
openapi-hold-get = Returns one hold of a wallet, open or closed.
openapi-hold-found = The hold.
openapi-holds = Lists the holds of a wallet, newest first. `next` is the address of the page with older holds, and `null` at the end: a page may have fewer holds than `limit`, or none, without being the last.
openapi-holds-page = A page of holds.
openapi-holds-next = The address of the page with older holds; `null` if there are none.
openapi-holds-limit = The maximum number of holds on the page; 50 if absent.
openapi-holds-status = Only holds of this status.
openapi-capture =
    Takes money that is held: all that remains, or a part of it. It leaves the wallet, or is paid to another one. It never lacks funds.

    With an `Idempotency-Key` it happens once, however often it is sent.
openapi-capture-body = A capture.
openapi-capture-final = Whether the rest is given back; `false` if absent.
openapi-capture-receiver = The wallet that is paid; if absent, the money leaves, as by a withdrawal.
openapi-captured = The capture is committed.
openapi-part = How much: a string or, without places, an integer. All that is left, if absent.
openapi-void = Gives back what remains of a hold.
openapi-void-body = No member is needed.
openapi-voided = The hold is closed.
openapi-hold-receipt = An operation on a hold that is committed, with the hold right after it.
openapi-problem-limit = Of `limit_exceeded`: the rule, or `open_holds`.
openapi-problem-remaining = Of `limit_exceeded`: how much would not exceed it.
openapi-problem-hold = Of `hold_closed` and `hold_expired`: the hold as it is.
openapi-reversal =
    Gives an earlier operation back: a deposit, a withdrawal, a transfer, of which both wallets move back, or a capture. All that has not been reversed yet, or a part of it. To take back what went to another wallet, a key that is tied to wallets, or an owner, has to reach that one as well.

    With an `Idempotency-Key` it happens once, however often it is sent.
openapi-reversal-body = A reversal.
openapi-reversal-receipt = A reversal that is committed.
openapi-reversed = It is reversed. `Location` is the address of the reversal.
openapi-balance-get = Returns what is in the wallet, what of it is held, and what is available; with `at` or `operation`, as it was then.
openapi-balance-parts = The balance and its parts.
openapi-balance-at = After the last operation at or before this time, which is not in the future.
openapi-balance-operation = Right after the operation of this number.
openapi-balance-whole = The balance.
openapi-balance-held = What of it is held.
openapi-balance-available = The rest, which can be withdrawn, transferred or held.
openapi-balance-version = The number of the last operation; 0 if there was none.
openapi-balance-as-of = The time of this balance, in UTC.
openapi-statement-get = Returns what happened to the wallet in an interval: the balances at its ends, every operation, oldest first with the balance after it, and the totals. The body is streamed; one that ends early has failed. With `Statement-Final: true`, the same request has the same bytes for ever.
openapi-statement-found = The statement, as a file in the requested format.
openapi-statement = A statement of a wallet.
openapi-statement-entry = An operation in a statement, with what never changes of it.
openapi-statement-from = Operations at this time or later, which is not in the future; absent: all since the wallet was created.
openapi-statement-to = Operations before this time, which is not in the future; absent: all until now.
openapi-statement-format = The format. `json` and `csv` have every operation, `ofx` (OFX 2.2) and `camt053` (camt.053.001.08) those that changed the balance.
openapi-statement-final = Whether no operation can be added to the interval any more.
openapi-statement-wallet = The wallet.
openapi-statement-began = The beginning of the interval, which belongs to it.
openapi-statement-ended = The end of the interval, which does not.
openapi-statement-opening = Before the first operation of the interval.
openapi-statement-closing = After its last operation.
openapi-statement-entries = The operations, oldest first.
openapi-statement-total-in = What came in.
openapi-statement-total-out = What left.
openapi-statement-count = The number of operations.
openapi-statement-sum = The sum of their amounts.
openapi-rules = The rules of a wallet.
openapi-rules-get = Returns the rules of a wallet, and how much of its daily limit is used.
openapi-rules-found = The rules, and how much of the daily limit is used.
openapi-rules-change =
    Changes rules of a wallet: those that are named become as they are named, and `null` takes a limit away. The change is an operation of the wallet, with amount 0.00.

    With an `Idempotency-Key` it happens once, however often it is sent.
openapi-rules-changed = The number of the change in the wallet's history, and the rules after it.
openapi-rules-body = A change of rules. What is absent stays.
openapi-rules-debits = Whether money may leave or be held: open or frozen. What is held may still be given back.
openapi-rules-credits = Whether money may come in: open or frozen.
openapi-rules-closed = Whether the wallet is closed. It has to be empty.
openapi-rules-balance-min = What has to stay available.
openapi-rules-balance-max = The greatest balance; `null`: none.
openapi-rules-operation-max = The largest operation; `null`: none.
openapi-rules-daily-out-max = How much may leave in a day (UTC), with what is held; `null`: no limit.
openapi-rules-reason = Why, for the wallet's history.
openapi-rules-used = What has left today; `null` without a daily limit.
openapi-rules-remaining = What may still leave or be held today; `null` without a daily limit.
openapi-past-operation-hold = Of a row that concerns a hold: the hold's number.
openapi-past-operation-held = How much of the balance is held after it; absent if nothing is.
openapi-past-operation-expires-at = Of a hold: when it expires. Of a release: when the hold expired, if that is why.
openapi-past-operation-reverses = Of a reversal: the number of the operation that it reverses.
openapi-past-operation-reversed-by = The numbers of its reversals, oldest first.
openapi-past-operation-reason = Why it was done.
openapi-past-operation-actor = By whom it was done.
openapi-tag-access = Signing in and out, and passwords.
openapi-tag-webhooks = Addresses that events are delivered to.
openapi-webhook-location = The address of the webhook.
openapi-webhooks = The webhooks, oldest first.
openapi-webhooks-list = Lists the webhooks, at most 100, with how far their deliveries are. Secrets are not shown.
openapi-webhook = A webhook.
openapi-webhook-made = A webhook with its new secret.
openapi-webhook-state = A webhook, with how far its deliveries are.
openapi-webhook-progress = How far the deliveries are.
openapi-webhook-id = The webhook's id.
openapi-webhook-url = Where deliveries go. It begins with `https://`, has no user name, password or fragment, and its host is reached by everyone. What its host resolves to is checked at each delivery.
openapi-webhook-types = The types of events that are delivered; `null` for all.
openapi-webhook-wallet = The wallet whose events are delivered; `null` for all. A key that is tied to wallets has to name one of them. It never changes.
openapi-webhook-enabled = Whether events are delivered. While they are not, nothing is lost: the webhook goes on where it stopped.
openapi-webhook-after = Where deliveries begin: `now`, with what happens from now on; `start`, with the oldest event; or after the event with this cursor.
openapi-webhook-created-at = When the webhook was made, in UTC.
openapi-webhook-updated-at = When it was changed last, in UTC.
openapi-webhook-old-secret-until = Until when the secret before the present one signs as well; `null` if there was none.
openapi-webhook-secret = The secret that deliveries are signed with, as Standard Webhooks writes it. It is shown once: `null` in the answer to a repetition.
openapi-webhook-cursor = Every event up to this cursor of the feed is delivered, waits, or is set aside.
openapi-webhook-waiting = Wallets whose next event could not be delivered yet.
openapi-webhook-set-aside-count = Events that were given up.
openapi-webhook-last-success = When a delivery succeeded last, in UTC; `null` if none has.
openapi-webhook-last-failure-at = When a delivery failed last, in UTC; `null` if none has.
openapi-webhook-last-failure = Why a delivery failed last, `set_aside_full` if the webhook was disabled as 10 000 events were set aside; `null` if none has.
openapi-webhook-body = A webhook to be made.
openapi-webhook-create = Makes a webhook, to which events are delivered as Standard Webhooks 1.0 has it: signed, at least once, and in order within a wallet. It begins with what happens from now on, unless `after` says otherwise. A repetition under the same key makes no second one, and answers without the secret.
openapi-webhook-created = The webhook, with its secret, which is shown once.
openapi-webhook-get = Returns a webhook, with how far its deliveries are.
openapi-webhook-change-body = What is to be changed of a webhook; what is absent stays as it is.
openapi-webhook-change = Changes, pauses or resumes a webhook. What waits is sent at once.
openapi-webhook-changed = The webhook after the change.
openapi-webhook-delete = Deletes a webhook, with what waits and what was set aside. To delete it again answers the same.
openapi-webhook-deleted = There is no such webhook any more.
openapi-webhook-nothing = No members.
openapi-webhook-rotate = Gives a webhook another secret. The present one signs as well for 24 hours, so that the receiver can change over; the one before it ends at once.
openapi-webhook-rotated = The webhook, with its new secret, which is shown once.
openapi-webhook-replay-body = Where deliveries begin again.
openapi-webhook-replay = Delivers once more what comes after a place in the feed, or skips what comes before it. What waits is dropped: it is delivered again if it comes after that place.
openapi-webhook-replayed = The webhook after the change.
openapi-webhook-event = An event that was given up.
openapi-webhook-set-aside = Lists the events that could not be delivered in three days, newest first.
openapi-webhook-set-aside-page = A page of events that were given up.
openapi-webhook-set-aside-next = The address of the page with older events; `null` if there are none.
openapi-webhook-set-aside-limit = The maximum number of events on the page; 50 if absent.
openapi-webhook-set-aside-id = The number of the event among those that the webhook set aside.
openapi-webhook-event-cursor = The event's cursor in the feed.
openapi-webhook-event-type = The event's type.
openapi-webhook-event-wallet = The wallet that the event is of; `null` if it is of none.
openapi-webhook-event-operation = The number of the operation within its wallet; `null` if the event is of no wallet.
openapi-webhook-set-aside-at = When the event was given up, in UTC.
openapi-webhook-attempts = How often its delivery was tried.
openapi-webhook-last-status = The status of the receiver's last answer; `null` if there was none.
openapi-webhook-last-error = Why the last attempt failed; `null` if that is not known.
openapi-webhook-send-requested-at = Since when it waits to be sent again; `null` if it does not.
openapi-webhook-send = Has an event that was set aside sent again, out of order, as its wallet has gone on. Delivered, it is set aside no more.
openapi-webhook-sent = The event, which will be sent again.
openapi-key = A key, as `Authorization: Bearer wk_...`. It has scopes, and perhaps wallets that it is tied to: others do not exist for it. Where `WALLET_AUTH` is off, no request needs a key or a token.
openapi-token = An owner's token, as `Authorization: Token ...`, with the word `Token`: it reaches the owner's wallet alone. `POST /api/token/` gives one.
openapi-scope = Scope: { $scopes }.
openapi-owner = Takes an owner's token.
openapi-challenge = How to authenticate: one value for keys (RFC 6750), and one for tokens.
openapi-status-401 = Neither a valid key nor a valid token; nothing was read or changed.
openapi-status-403 = The key or the token does not permit this; nothing was read or changed.
openapi-token-text = The token, in 40 hexadecimal digits. It is shown once.
openapi-token-begin =
    Signs the owner of a wallet in. The name is trimmed, the password is not. Each sign-in has a token of its own, which ends with its time, with a new password or with the deactivation of its owner; of more than 20, the oldest ends.

    The address exists only where `WALLET_AUTH` is on. After five failures of an account, or twenty of an address, in a quarter of an hour, all further attempts are refused.
openapi-token-begun = The user has signed in.
openapi-token-end = Signs out: the token that the request comes with ends, on every engine within a second.
openapi-token-ended = The token has ended.
openapi-password-body = A change of password.
openapi-new-token = A new token.
openapi-password-change =
    Changes the password. All sessions and tokens of the owner end, the one that the request comes with as well; the answer has a new one.

    The address exists only where `WALLET_AUTH` is on. An `Idempotency-Key` is refused: after an answer that was lost, sign in with the new password.
openapi-password-changed = The password has changed.
openapi-events = Returns what happened to all wallets: every row of every ledger exactly once, in order within a wallet. What is still being committed is never skipped: a page ends before it.
openapi-events-after = The cursor after which the page begins: `next` of the page before. Absent: from the beginning. `now`: from now on.
openapi-events-limit = The greatest number of events of the page.
openapi-events-wait = How many seconds to wait for something new, if there is nothing.
openapi-events-wallet = Events of this wallet alone.
openapi-events-page = Events, oldest first, and where the next page begins.
openapi-events-next = The cursor of the next page, also where this page is empty. It stays valid, over restarts, failovers and restores.
openapi-event = Something that happened. A `feed.rewound` has neither wallet nor operation: the database lost commits which may have been in the feed before this place.
openapi-event-cursor = The place right after the event.
openapi-event-type = What happened: the kind of the operation.
openapi-event-wallet = The wallet that it happened to.

openapi-journal = Returns what members of the staff did in the panel, and what was done on the command line, oldest first. Entries are numbered from 1 without gaps, and never change. Only with WALLET_AUTH=on.
openapi-journal-after = The number after which the page begins: `next` of the page before. Absent: from the beginning.
openapi-journal-limit = The greatest number of entries that the page reads.
openapi-journal-username = Entries of this user name alone, in whatever letters.
openapi-journal-subject = Entries about this number or id alone.
openapi-journal-page = Entries, oldest first. With a filter a page may have fewer than its limit, or none, while `next` goes on.
openapi-journal-next = The number of the last entry that was read, after which the next page begins.
openapi-journal-number = The number of the entry.
openapi-journal-at = When.
openapi-journal-staff-id = The number of the member of the staff; null: the command line, or a sign-in that was refused.
openapi-journal-entry-username = The user name at that time; of a sign-in that was refused, what was typed; null: the command line.
openapi-journal-address = The address of the client; null: the command line.
openapi-journal-action = What was done. Later versions know more.
openapi-journal-subject-kind = What it was done to: `user`, `wallet`, `key`, `webhook`. Later versions know more.
openapi-journal-subject-id = Its number or id.
openapi-journal-details = What else is known, by name.
openapi-journal-entry = Something that a member of the staff did.
