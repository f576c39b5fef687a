-- A page of the changes of a user by staff, newest first: below change $2 (NULL: from the newest), up to $3 rows. Served by
-- user_changes_user_id_idx and users_pkey.
SELECT c.id, staff.username AS staff, c.field, c.old_value, c.new_value, c.changed_at
FROM user_changes c
LEFT JOIN users staff ON staff.id = c.staff_id
WHERE c.user_id = $1 AND c.id < coalesce($2::bigint, 9223372036854775807)
ORDER BY c.id DESC
LIMIT $3::bigint
