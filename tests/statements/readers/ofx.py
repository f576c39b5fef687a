"""Reads an OFX statement on standard input with ofxtools, and prints what it says as JSON."""

import io
import json
import sys

from ofxtools.Parser import OFXTree

tree = OFXTree()
tree.parse(io.BytesIO(sys.stdin.buffer.read()))
statement = tree.convert().statements[0]
opening = {balance.name: balance.value for balance in statement.ballist or []}
print(
    json.dumps(
        {
            "account": statement.account.acctid,
            "currency": statement.curdef,
            "opening": str(opening["OPENING"]),
            "closing": str(statement.ledgerbal.balamt),
            "available": str(statement.availbal.balamt),
            "from": statement.transactions.dtstart.isoformat(),
            "to": statement.transactions.dtend.isoformat(),
            "entries": [
                {
                    "id": entry.fitid,
                    "amount": str(entry.trnamt),
                    "day": entry.dtposted.date().isoformat(),
                    "type": entry.trntype,
                    "kind": entry.name,
                    "reference": entry.memo,
                }
                for entry in statement.transactions
            ],
        }
    )
)
