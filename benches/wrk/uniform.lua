-- Deposits spread evenly over the wallets.
require "wallets"

local random = math.random
local deposit_once = once_each(deposit)

function request()
    return deposit_once(random(wallets) - 1)
end
