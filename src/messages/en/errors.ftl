## Errors, by their codes

insufficient-funds = Insufficient funds
balance-limit = The wallet's greatest balance would be exceeded
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
internal-error = The wallet's operation failed
