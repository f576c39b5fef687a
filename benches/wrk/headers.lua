-- Deposits into one wallet, each with another value of one header. The values are random as far as an index is concerned, of
-- the length of a UUID, and never come again: of each of these beginnings there is one with each number, and runs of different seeds differ.
require "wallets"

local BEGINNINGS = 65536

function deposits_with(header)
    local beginnings = {}
    local run, number, ending
    local at = BEGINNINGS
    local before, after = deposit_around(0, header)

    function init(args)
        arguments(args)
        run = tonumber(args[4])
        number = -1
        for n = 1, BEGINNINGS do
            beginnings[n] = string.format("%04x%04x-%04x-4%03x-a%03x-",
                math.random(0, 65535), math.random(0, 65535), n - 1, math.random(0, 4095), math.random(0, 4095))
        end
    end

    function request()
        if at == BEGINNINGS then
            at = 0
            number = number + 1
            ending = string.format("%04x%02x%06x", run, thread_number, number) .. after
        end
        at = at + 1
        return before .. beginnings[at] .. ending
    end
end
