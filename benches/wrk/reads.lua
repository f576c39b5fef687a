-- Balances read evenly over the wallets.
require "wallets"

local random = math.random
local read_once = once_each(read)

local next_read

function init(args)
    arguments(args)
    next_read = with_each_key(function()
        return read(random(wallets) - 1)
    end) or function()
        return read_once(random(wallets) - 1)
    end
end

function request()
    return next_read()
end
