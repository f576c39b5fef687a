-- The session's mark (storage/pooler.rs); NULL if it has none. No table.
SELECT current_setting('wallet_engine.session', true) AS mark
