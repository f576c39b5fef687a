-- The database's clock, which is that of the ledger. No table.
SELECT statement_timestamp() AS at
