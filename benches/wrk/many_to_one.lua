-- Everybody pays one wallet.
require "wallets"

local random = math.random
local pay_once = once_each(function(n)
    return transfer(n, 0)
end)

function request()
    return pay_once(random(wallets - 1))
end
