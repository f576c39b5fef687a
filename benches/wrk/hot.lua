-- Everybody deposits into one wallet.
require "wallets"

local only = deposit(0)

function request()
    return only
end
