-- Whether the move is over: a final run found no difference, and the engine has had an operation. Reads the ledger up to the first row
-- that no import wrote.
SELECT EXISTS (SELECT FROM imports WHERE is_final AND differences = 0)
    AND EXISTS (SELECT FROM operations WHERE kind <> ALL ($1::text[])) AS is_over
