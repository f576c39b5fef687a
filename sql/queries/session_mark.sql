-- What this session was marked with; NULL if it was not. No table.
SELECT current_setting('wallet_engine.session', true) AS mark
