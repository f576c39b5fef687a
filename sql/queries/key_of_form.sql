-- The key that a form of the panel made. Served by api_keys_form_key.
SELECT id FROM api_keys WHERE form = $1
