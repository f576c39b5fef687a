-- Holds of one wallet's money. Whatever was held is captured whole by the next request, so there are as many captures as holds.
require "wallets"

local place = hold(0)
local placed = {}

function request()
    local id = table.remove(placed)
    if id then
        return capture(0, id)
    end
    return place
end

function response(status, _, body)
    if status == 201 then
        placed[#placed + 1] = body:match('"id":(%d+)')
    end
end
