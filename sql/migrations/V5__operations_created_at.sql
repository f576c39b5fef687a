-- What happened since a moment, over all wallets, without reading the whole ledger.
--
-- The ledger is written at its end, in the order of time, so the least and the greatest moment of each 256 pages are
-- enough: some kilobytes for millions of rows. A statement that inserts looks whether its pages are summarised yet, which
-- the newest never are: some 20 microseconds (PostgreSQL 15, groups of ten), a hundredth of a durable commit. Autovacuum
-- summarises pages when they are full.
CREATE INDEX operations_created_at ON operations USING brin (created_at)
    WITH (pages_per_range = 256, autosummarize = on);
