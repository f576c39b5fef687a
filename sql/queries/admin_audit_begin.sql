-- Records the start of an audit by staff member $1.
INSERT INTO audits (staff_id) VALUES ($1) RETURNING id
