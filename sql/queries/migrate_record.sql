-- Records migration $1, by its name $2 and its checksum $3, as refinery does. Served by refinery_schema_history_pkey.
INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
VALUES ($1, $2, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), $3)
