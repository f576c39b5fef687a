-- Batches of deposits spread evenly over the wallets.
require "wallets"

local BATCHES = 2048

local next_batch

function init(args)
    arguments(args)
    next_batch = in_turn(BATCHES, function()
        return batch(function()
            return math.random(wallets) - 1
        end)
    end)
end

function request()
    return next_batch()
end
