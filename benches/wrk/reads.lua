-- Balances read evenly over the wallets.
require "wallets"

local random = math.random
local read_once = once_each(read)

function request()
    return read_once(random(wallets) - 1)
end
