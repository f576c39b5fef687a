-- What every load has in common: the wallets' addresses, the requests, and the line of figures at the end.
--
--     cd benches/wrk && wrk -t1 -c64 -d5s --latency -s hot.lua http://127.0.0.1:8000 -- WALLETS FIRST BUDGET SEED
--
-- WALLETS numbered from 0 exist. FIRST and BUDGET are for the cold load: the wallets that this run may use up.
-- SEED makes two runs send the same sequence. Requests are whole strings, made once, because wrk must not be what
-- is measured.

local threads = {}

-- In the main state, for each thread before its `init`.
function setup(thread)
    thread:set("thread_number", #threads)
    threads[#threads + 1] = thread
end

-- In each thread. A load that needs more calls this first.
function arguments(args)
    wallets = tonumber(args[1])
    first = tonumber(args[2])
    budget = tonumber(args[3])
    math.randomseed(tonumber(args[4]) + thread_number)
end

function init(args)
    arguments(args)
end

local function path(n)
    return string.format("/api/wallets/00000000-0000-4000-8000-%012x/", n)
end

local body = '{"operationType":"DEPOSIT","amount":"0.01"}'
local after_path = "operation/ HTTP/1.1\r\nHost: wallet-engine\r\nContent-Type: application/json\r\nContent-Length: "
    .. #body .. "\r\n\r\n" .. body

function deposit(n)
    return "POST " .. path(n) .. after_path
end

function read(n)
    return "GET " .. path(n) .. " HTTP/1.1\r\nHost: wallet-engine\r\n\r\n"
end

-- `make(n)`, remembered.
function once_each(make)
    local made = {}
    return function(n)
        local request = made[n]
        if not request then
            request = make(n)
            made[n] = request
        end
        return request
    end
end

-- In the main state, at the end. benches/compare/src/wrk.rs reads exactly this line.
function done(summary, latency)
    local exhausted = 0
    for _, thread in ipairs(threads) do
        if thread:get("exhausted") then
            exhausted = 1
        end
    end
    local errors = summary.errors
    io.write(string.format(
        "compare requests=%d duration_us=%d p50_us=%d p99_us=%d connect=%d read=%d write=%d status=%d timeout=%d exhausted=%d\n",
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect, errors.read, errors.write, errors.status, errors.timeout, exhausted))
end
