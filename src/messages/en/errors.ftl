## Errors, by their codes

insufficient-funds = Insufficient funds
balance-limit = The wallet's greatest balance would be exceeded
wallet-frozen = The wallet is frozen
wallet-closed = The wallet is closed
limit-exceeded = A limit of the wallet would be exceeded
wallet-not-empty = The wallet has money or an open hold
hold-not-found = The hold was not found.
hold-closed = The hold is closed
hold-expired = The hold has expired
exceeds-hold = More than remains of the hold
not-reversible = An operation of this kind cannot be reversed
already-reversed = The operation was reversed already
exceeds-original = More than is left to reverse of the operation
wallet-not-found = The wallet was not found.
operation-not-found = The operation was not found.
unknown-kind = Unknown kind of operation
key-reused = The idempotency key has been used for another operation.
key-malformed = An idempotency key consists of 1 to 255 visible ASCII characters.
key-repeated = There is more than one Idempotency-Key header.
overloaded = The service is overloaded, try again later.
stopping = The service is stopping, try again later.
unavailable = The service is unavailable, try again later.
too-many-requests = Too many requests, try again later.
too-many-attempts = Too many attempts with a wrong password, try again later.
internal-error = The wallet's operation failed

## Problems of the endpoints beyond the recorded ones, by their codes

invalid-request = Some fields are wrong.
invalid-body = The body is not a JSON object.
same-wallet = A wallet cannot pay itself.
batch-refused = One operation of the batch was refused, so none of them happened.
too-large = The body is too large.
unsupported-media-type = The body must be JSON in UTF-8.
body-too-slow = The body did not arrive in time.
body-broken = The body could not be received.
unknown-host = This host is not served.
not-found = Nothing is at this address.
credentials-missing = The request needs a key or a token in its Authorization header.
credentials-invalid = The key or the token is not valid.
forbidden = The key or the token does not permit this.
method-not-allowed = The method is not allowed here.
outcome-open = Whether it happened is open: repeat the request under its idempotency key.

## Faults of a request's fields

fault-required = This field is required.
fault-unknown = There is no such field.
fault-repeated = This field was sent more than once.
fault-not-an-object = An item is not an object.
fault-not-a-list = A list is expected.
fault-not-a-boolean = true or false is expected.
fault-not-text = A string is expected.
fault-not-a-wallet = A wallet's id is expected: a UUID with hyphens.
fault-not-a-reference = A reference is a text of 1 to { $max } characters without control characters.
fault-not-one-of = One of these is expected: { $choices }.
fault-send-text = A number with a fraction or an exponent is not exact in JSON: send a string, such as "10.50".
fault-amount-not-a-number = A decimal number is expected, such as "10.50".
fault-amount-not-positive = The amount must be above zero.
fault-amount-too-many-digits = The amount has more than { $max } digits.
fault-amount-too-many-places = The amount has more than { $max } decimal places.
fault-amount-too-many-whole-digits = The amount has more than { $max } digits before the decimal point.
fault-amount-too-long = The text has more than { $max } characters.
fault-too-many = There are more than { $max } items.
fault-empty = There is no item.
fault-not-here = This field does not belong here.
fault-not-with = This field and { $other } do not go together.
fault-not-in-range = A whole number from { $min } to { $max } is expected.
fault-not-a-time = A time of RFC 3339 is expected, such as "2031-05-01T12:00:00Z".
fault-not-ahead = The time must be in the future, and at most { $max } days ahead.
fault-not-over = The time must not be in the future.
fault-not-after = The time must not be after that of { $other }.
fault-not-a-cursor = A cursor of another query, or none at all.
fault-not-a-balance = A decimal number from 0 to { $max } with at most two decimal places is expected, as a string.
fault-not-a-reason = A reason is a text of 1 to { $max } characters without control characters.
fault-key-header = A batch has a key per operation: the Idempotency-Key header is refused.
fault-wrong-password = The password is wrong.
fault-null-character = Null characters are not allowed.
fault-padded = A password must not begin or end with white space.
fault-too-short-for-staff = A password of staff has at least { $min } characters.
fault-key-of-password = A password is changed without a key: the Idempotency-Key header is refused.
fault-too-many-wallets = There are more than { $max } wallets.
