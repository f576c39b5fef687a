-- Transfers between random pairs of wallets.
require "wallets"

local PAIRS = 65536

local next_transfer

function init(args)
    arguments(args)
    next_transfer = in_turn(PAIRS, function()
        local from = math.random(wallets) - 1
        return transfer(from, (from + math.random(wallets - 1)) % wallets)
    end)
end

function request()
    return next_transfer()
end
