-- Keys of these digests ($1), each with these scopes ($2).
INSERT INTO api_keys (name, slot, digest, scopes)
SELECT 'key-' || n, 1, digest, $2 FROM unnest($1::bytea[]) WITH ORDINALITY AS made (digest, n)
