-- Records a run of the import, and returns its number.
INSERT INTO imports (source, is_final) VALUES ($1, $2) RETURNING id
