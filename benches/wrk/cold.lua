-- A deposit into each wallet once. Threads take every so many-th wallet, so that no two share one.
require "wallets"

local next_wallet, step, last

function init(args)
    arguments(args)
    step = tonumber(args[5])
    next_wallet = first + thread_number
    last = first + budget - 1
end

function request()
    local n = next_wallet
    if n > last then
        -- The run is void, and says so at its end.
        exhausted = true
        wrk.thread:stop()
        return deposit(last)
    end
    next_wallet = n + step
    return deposit(n)
end
