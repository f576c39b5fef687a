"""Prints passwords as Django stores them, a JSON object a line: what tests/data/django_passwords.jsonl has.

    python3 -m venv made && made/bin/pip install Django==5.2.19 argon2-cffi==25.1.0 bcrypt==5.0.0
    made/bin/python tests/data/django_passwords.py > tests/data/django_passwords.jsonl

Every line was verified by Django when it was printed. Salts are fixed, so that the lines are the same each time.
"""

import json

import argon2
from django.conf import settings

settings.configure()

from django.contrib.auth import hashers  # noqa: E402

LONG = "a long password, " * 12
PASSWORDS = ["StrongPassword123", "пароль и ключ", "🔑 \u0065\u0301 ﬁ", " spaces at both ends ", LONG, "x"]
SALT = "Zd0kXq7rYw3cT9bN1mLvSh"


def line(hasher, password, stored):
    assert hasher.verify(password, stored), stored
    assert not hasher.verify(password[:-1], stored), stored
    print(json.dumps({"password": password, "stored": stored}, ensure_ascii=False))


def pbkdf2():
    sha256, sha1 = hashers.PBKDF2PasswordHasher(), hashers.PBKDF2SHA1PasswordHasher()
    for hasher in (sha256, sha1):
        for password in PASSWORDS:
            line(hasher, password, hasher.encode(password, SALT, 1))
        for salt in ("соль", "a salt, with more", "s"):
            line(hasher, PASSWORDS[0], hasher.encode(PASSWORDS[0], salt, 1_000))
    # Defaults of Django 1.4, 1.11, 3.2, 5.2, and what other packages refuse.
    for rounds in (10_000, 36_000, 260_000, 1_000_000, 2_000_000):
        line(sha256, PASSWORDS[0], sha256.encode(PASSWORDS[0], SALT, rounds))
    line(sha1, PASSWORDS[0], sha1.encode(PASSWORDS[0], SALT, 1_000_000))


def of_argon2():
    hasher = hashers.Argon2PasswordHasher()
    for password in PASSWORDS:
        line(hasher, password, hasher.encode(password, SALT))
    for variety in (argon2.Type.I, argon2.Type.D, argon2.Type.ID):
        for version in (0x10, 0x13):
            # The default of Django 1.10.
            cost = {"time_cost": 2, "memory_cost": 512, "parallelism": 2, "hash_len": 16}
            made = argon2.low_level.hash_secret(
                PASSWORDS[0].encode(), SALT[:12].encode(), type=variety, version=version, **cost
            )
            line(hasher, PASSWORDS[0], "argon2" + made.decode())
    unnamed = argon2.low_level.hash_secret(
        PASSWORDS[0].encode(), b"\xff" * 16, type=argon2.Type.I, version=0x10, **cost
    )
    line(hasher, PASSWORDS[0], "argon2" + unnamed.decode().replace("$v=16", ""))


def of_bcrypt():
    salt = b"$2b$04$" + b"abcdefghijklmnopqrstuu"
    sha256, plain = hashers.BCryptSHA256PasswordHasher(), hashers.BCryptPasswordHasher()
    for password in PASSWORDS:
        line(sha256, password, sha256.encode(password, salt))
        if password != LONG:
            line(plain, password, plain.encode(password, salt))
    line(plain, "b" * 72, plain.encode("b" * 72, salt))
    for version in (b"2a", b"2x", b"2y"):
        line(sha256, PASSWORDS[0], sha256.encode(PASSWORDS[0], salt.replace(b"2b", version)))
    line(sha256, PASSWORDS[0], sha256.encode(PASSWORDS[0], salt.replace(b"04", b"12")))


def scrypt():
    hasher = hashers.ScryptPasswordHasher()
    for password in PASSWORDS:
        line(hasher, password, hasher.encode(password, SALT, 16, 1, 2))
    # The default, that of Django 4.0, and a salt that is not ASCII.
    line(hasher, PASSWORDS[0], hasher.encode(PASSWORDS[0], SALT))
    line(hasher, PASSWORDS[0], hasher.encode(PASSWORDS[0], SALT, 2**14, 8, 1))
    line(hasher, PASSWORDS[0], hasher.encode(PASSWORDS[0], "соль", 2, 1, 1))


pbkdf2()
of_argon2()
of_bcrypt()
scrypt()
