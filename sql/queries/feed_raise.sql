-- Raises the base of this node of a distributed database so that what is written from now on has positions from $1 on, unless it has them
-- anyhow. Sent after feed_raise_lock.sql in the same transaction: nobody writes then who knows the old base. Served by feed_epochs_pkey.
UPDATE feed_epochs
SET base = $1 - pg_current_xact_id()::text::bigint
WHERE number = (SELECT max(number) FROM feed_epochs) AND base < $1 - pg_current_xact_id()::text::bigint
