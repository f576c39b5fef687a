-- What a sign-in compares of a user, and the password hash of another one, which it computes where there is nothing to compare: whoever
-- is drawn by $2, a number of the name's own, and the next 15, that has a usable one. New users change no draw but those that led
-- beyond the last one: it is the lowest bits of $2, as many of them as lead to no higher id. Served by users_username_key and users_pkey.
SELECT u.id, u.username, u.password_hash, u.is_active, u.is_staff, u.wallet_id, decoy.password_hash AS decoy
FROM (SELECT max(id) AS id FROM users) AS last
LEFT JOIN users u ON u.username = $1 COLLATE "C"
LEFT JOIN LATERAL (
    SELECT near.id, near.password_hash
    FROM (
        SELECT id, password_hash
        FROM users
        WHERE id >= (
            SELECT max(drawn)
            FROM generate_series(0, 62) AS bits, LATERAL (SELECT $2::bigint & ((1::bigint << bits) - 1) AS drawn) AS draw
            WHERE drawn <= last.id
        )
        ORDER BY id
        LIMIT 16
    ) AS near
    WHERE near.password_hash <> '' AND NOT starts_with(near.password_hash, '!')
    ORDER BY near.id
    LIMIT 1
) AS decoy ON true
