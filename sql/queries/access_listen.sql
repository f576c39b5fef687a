-- Has the session notified of each change.
LISTEN wallet_engine_access
