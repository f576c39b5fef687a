-- One attempt of a form was finally refused: without another one, nothing is reserved. Served by staff_amounts_pkey.
UPDATE staff_amounts
SET attempts = attempts - 1
WHERE staff_id = $1 AND wallet_id = $2 AND form = $3 AND attempts > 0
