-- Makes these users what they are in the other service. Ends the sessions and tokens of those who are no longer active, or have another
-- password. Who was staff keeps the role that the panel gave. Served by users_pkey, admin_sessions_user_id_idx, user_tokens_user_id_idx.
WITH wanted AS (
    SELECT *
    FROM unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::timestamptz[]
    ) AS w (id, username, email, password_hash, is_active, role, joined)
), old AS (
    SELECT u.id, NOT w.is_active OR sha256(convert_to(w.password_hash, 'UTF8')) <> password_tag(u.password_hash, u.password_renewal) AS is_ended
    FROM wanted w
    JOIN users u ON u.id = w.id
    FOR UPDATE OF u
), changed AS (
    UPDATE users u
    SET username = w.username,
        email = w.email,
        -- One that was renewed here is of the same password, and stays.
        password_hash = CASE password_tag(u.password_hash, u.password_renewal)
            WHEN sha256(convert_to(w.password_hash, 'UTF8')) THEN u.password_hash
            ELSE w.password_hash
        END,
        is_active = w.is_active,
        is_staff = w.role IS NOT NULL,
        role = CASE WHEN w.role IS NULL THEN NULL WHEN u.is_staff THEN coalesce(u.role, w.role) ELSE w.role END,
        created_at = w.joined,
        imported_at = now()
    FROM wanted w
    WHERE u.id = w.id
    RETURNING u.id
), signed_out AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT id FROM old WHERE is_ended)
), ended AS (
    DELETE FROM user_tokens WHERE user_id IN (SELECT id FROM old WHERE is_ended)
), told AS (
    INSERT INTO access_changes (user_id) SELECT id FROM changed RETURNING pg_notify('wallet_engine_access', '')
)
SELECT count(*) AS changed FROM changed
