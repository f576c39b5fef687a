-- The time of day of the database, which is that of the ledger. No table of ours.
SELECT statement_timestamp() AS at
