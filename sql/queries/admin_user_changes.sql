-- A page of what staff changed of a user, newest first: below the change $2, or from the newest for NULL; $3 at most. Served
-- by user_changes_user_id_idx and users_pkey.
SELECT c.id, staff.username AS staff, c.field, c.old_value, c.new_value, c.changed_at
FROM user_changes c
LEFT JOIN users staff ON staff.id = c.staff_id
WHERE c.user_id = $1 AND c.id < coalesce($2::bigint, 9223372036854775807)
ORDER BY c.id DESC
LIMIT $3::bigint
