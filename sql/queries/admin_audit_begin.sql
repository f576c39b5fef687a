-- Staff member $1 begins an audit.
INSERT INTO audits (staff_id) VALUES ($1) RETURNING id
