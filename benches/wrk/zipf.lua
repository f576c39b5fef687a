-- Deposits spread as a Zipf distribution of exponent 1 has them: the wallet of rank r gets 1/r of what the first one
-- gets. Drawn beforehand, from a table that is gone through in turn.
require "wallets"

local DRAWS = 262144
-- Coprime to the number of wallets: the wallets of the first ranks do not lie beside each other in the table.
local SCATTER = 7919

local drawn = {}
local at = 0
local deposit_once = once_each(deposit)

function init(args)
    arguments(args)
    local up_to = {}
    local sum = 0
    for rank = 1, wallets do
        sum = sum + 1 / rank
        up_to[rank] = sum
    end
    for draw = 1, DRAWS do
        local sought = math.random() * sum
        local low, high = 1, wallets
        while low < high do
            local middle = math.floor((low + high) / 2)
            if up_to[middle] < sought then
                low = middle + 1
            else
                high = middle
            end
        end
        drawn[draw] = low * SCATTER % wallets
    end
end

function request()
    at = at % DRAWS + 1
    return deposit_once(drawn[at])
end
