"""client.py LIBRARY METHOD URL [KEY]: sends one request, a deposit of 1.00 if it has a body, through a library as its users
have it, and prints the response's status, or "error" for whatever the library raises. TOKEN is the engine's key, if it takes
one."""

import os
import sys
from urllib.parse import urlsplit

DEPOSIT = {"operationType": "DEPOSIT", "amount": "1.00"}

library, method, url = sys.argv[1:4]
headers = {"Idempotency-Key": sys.argv[4]} if len(sys.argv) > 4 else {}
token = os.environ.get("TOKEN")
bearer = {"Authorization": "Bearer " + token} if token else {}
headers |= bearer
body = None if method == "GET" else DEPOSIT
base, path = "http://" + urlsplit(url).netloc, urlsplit(url).path


def with_urllib3():
    import urllib3

    return urllib3.PoolManager().request(method, url, json=body, headers=headers).status


def with_requests():
    import requests

    return requests.request(method, url, json=body, headers=headers).status_code


def with_httpx():
    import httpx

    return httpx.request(method, url, json=body, headers=headers).status_code


def with_stripe_client():
    import stripe

    client = stripe.StripeClient(token or "sk_test_none", base_addresses={"api": base})
    return client.raw_request(method.lower(), path, **(body or {})).code


def with_stripe_module():
    import stripe

    stripe.api_key, stripe.api_base = token or "sk_test_none", base
    # What `stripe.Customer.create` and its like call; they have addresses of their own.
    return stripe.Customer._static_request(method.lower(), path, params=body).last_response.code


def with_modern_treasury():
    from modern_treasury import ModernTreasury

    # It signs in with a name and a password by itself.
    client = ModernTreasury(api_key="none", organization_id="none", base_url=base, default_headers=bearer)
    # Other statuses are raised.
    client.post(path, cast_to=object, body=body)
    return 200



try:
    print(globals()["with_" + library]())
except Exception as error:
    print("error")
    print(repr(error), file=sys.stderr)
