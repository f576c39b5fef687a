-- Everybody deposits into one wallet, each time with an idempotency key of its own.
require "headers"

deposits_with("Idempotency-Key")
