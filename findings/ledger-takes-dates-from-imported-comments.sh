#!/usr/bin/env bash
# hledger 1.25 and ledger 3.3.0 (Debian 12).
#
# hledger's journals are said to be ledger's as well, and `hledger print` is how a bank's CSV becomes one. A field that the rules
# file assigns to `comment` is printed as a comment. ledger takes a date in square brackets within a comment for the date of the
# transaction: a payment of 2026 with the reference "invoice [2001/01/01]" is one of 2001 there, and its reports of 2026 lack it.
# Neither program says a word, and hledger itself leaves the date what it was.
#
# So a text that a payer chooses has to stay out of comments, or lose its brackets, before ledger reads the journal.
#
# Observed: hledger: 2026-11-03 -10.00; ledger: 2001-01-01 -10; ledger of 2026: nothing
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get -qq update
apt-get -qq download hledger=1.25-2+b5 ledger=3.3.0-3 libboost-filesystem1.74.0 libboost-iostreams1.74.0 libboost-python1.74.0 \
    libboost-regex1.74.0 libicu72 libgmp10 libmpfr6 libpython3.11
for package in ./*.deb; do
    dpkg -x "$package" root
done
export LD_LIBRARY_PATH=$folder/root/usr/lib/ledger:$folder/root/usr/lib/x86_64-linux-gnu LC_ALL=C.UTF-8
hledger=$folder/root/usr/bin/hledger ledger=$folder/root/usr/bin/ledger

printf '2026-11-03,Shop,-10.00,invoice [2001/01/01]\n' >bank.csv
printf 'fields date,description,amount,comment\naccount1 Assets:Bank\ndate-format %%Y-%%m-%%d\n' >bank.rules
"$hledger" -f bank.csv --rules-file bank.rules print >bank.journal

register=$("$hledger" -f bank.csv --rules-file bank.rules register Assets:Bank -O csv | tail -n 1 | cut -d, -f 2,6 | tr -d '"' | tr , ' ')
format='%(format_date(date, "%Y-%m-%d")) %(amount)\n'
read_on=$("$ledger" -f bank.journal register Assets:Bank --format "$format")
of_the_year=$("$ledger" -f bank.journal register Assets:Bank --begin 2026-01-01 --format "$format")

observed="hledger: $register; ledger: $read_on; ledger of 2026: ${of_the_year:-nothing}"
echo "$observed"
[ "$observed" = "hledger: 2026-11-03 -10.00; ledger: 2001-01-01 -10; ledger of 2026: nothing" ]
