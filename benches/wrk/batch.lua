-- Everybody deposits into one wallet, in batches.
require "wallets"

local only = batch(function()
    return 0
end)

function request()
    return only
end
