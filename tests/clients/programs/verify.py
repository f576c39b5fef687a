"""verify.py SECRET: checks a delivery with Standard Webhooks' library: a line of JSON with its headers, then its body, on the
standard input. Prints "verified", or "refused" for what the library refuses."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

headers = json.loads(sys.stdin.readline())
body = sys.stdin.read()
try:
    Webhook(sys.argv[1]).verify(body, headers)
    print("verified")
except WebhookVerificationError as error:
    print("refused")
    print(repr(error), file=sys.stderr)
