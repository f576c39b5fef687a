#!/usr/bin/env bash
# stripe 23.1.0 (npm) and stripe 16.1.0 (PyPI).
#
# Both retry a request that got a 503 with the same idempotency key, and ignore the response's Retry-After: with
# "Retry-After: 3" the second request is sent after about half a second. The library for Node.js also does not read the body
# of the 503, so its connection stays open beside the one of the retry.
#
# So Retry-After does not slow down such a client; an overloaded server has to refuse the retry as well.
#
# Observed: node: early open; python: early not open
set -euo pipefail

folder=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

python3 -m venv "$folder/python"
"$folder/python/bin/pip" -q --disable-pip-version-check install stripe==16.1.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" stripe@23.1.0

# Responds to the first request with 503, and prints whether the second one arrived within the three seconds, and whether
# the first connection was still open.
cat >"$folder/server.py" <<'EOF'
import select, socket, time

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)

def request(connection):
    connection.settimeout(30)
    text = b""
    while b"\r\n\r\n" not in text or not text.endswith(b"a=b"):
        text += connection.recv(4096)

def response(status, extra=""):
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n{extra}\r\n{{}}".encode()

first, _ = listener.accept()
request(first)
first.sendall(response("503 Service Unavailable", "Retry-After: 3\r\n"))
answered = time.monotonic()
# The retry arrives on either connection.
readable, _, _ = select.select([listener, first], [], [], 30)
again = first
if listener in readable:
    again, _ = listener.accept()
request(again)
waited = time.monotonic() - answered
first_open = again is not first
if first_open:
    first.setblocking(False)
    try:
        first_open = first.recv(1) != b""
    except BlockingIOError:
        first_open = True
again.sendall(response("200 OK"))
print("early" if waited < 3 else "on time", "open" if first_open else "not open", flush=True)
EOF
cat >"$folder/client.mjs" <<'EOF'
import Stripe from 'stripe';
const stripe = new Stripe('sk_test_none', { protocol: 'http', host: '127.0.0.1', port: process.argv[2], telemetry: false });
await stripe.rawRequest('POST', '/v1/x', { a: 'b' });
process.exit();
EOF
cat >"$folder/client.py" <<'EOF'
import sys, stripe
base = f"http://127.0.0.1:{sys.argv[1]}"
client = stripe.StripeClient("sk_test_none", base_addresses={"api": base}, max_network_retries=2)
client.raw_request("post", "/v1/x", a="b")
EOF

seen() {
    rm -f "$folder/seen"
    python3 "$folder/server.py" >"$folder/seen" &
    server=$!
    until [ -s "$folder/seen" ]; do sleep 0.1; done
    "$@" "$(head -n 1 "$folder/seen")" >/dev/null
    wait "$server"
    server=
    sed -n 2p "$folder/seen"
}

node=$(seen node "$folder/client.mjs")
python=$(seen "$folder/python/bin/python" "$folder/client.py")
echo "node: $node; python: $python"
[ "$node" = "early open" ]
[ "${python%% *}" = early ]
