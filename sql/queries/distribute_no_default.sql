-- Takes the default of positions away, by which an engine of an older version could write: it reads feed_epochs, which every node has for
-- itself, and no default of a distributed table may. No row.
ALTER TABLE operations ALTER COLUMN feed_position DROP DEFAULT
