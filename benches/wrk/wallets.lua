-- What every load has in common: the wallets' addresses, the requests, and the line of figures at the end.
--
--     cd benches/wrk && wrk -t1 -c64 -d5s --latency -s hot.lua http://127.0.0.1:8000 -- WALLETS FIRST BUDGET SEED
--
-- WALLETS numbered from 0 exist. FIRST and BUDGET are for the cold load: the wallets that this run may use up.
-- SEED makes two runs send the same sequence. Requests are whole strings, made once, because wrk must not be what
-- is measured.
--
-- Requests carry the keys of the file that the variable KEYS names, one per line, in turn; without it they carry none.

local threads = {}
local keys = {}
local file_of_keys = os.getenv("KEYS")
if file_of_keys then
    for key in io.lines(file_of_keys) do
        keys[#keys + 1] = key
    end
end

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

-- Operations of a batch. benches/compare/src/load.rs says the same.
local BATCH = 100

local function id(n)
    return string.format("00000000-0000-4000-8000-%012x", n)
end

local function path(n)
    return "/api/wallets/" .. id(n) .. "/"
end

local at_key = 0

local function authorization()
    if #keys == 0 then
        return ""
    end
    at_key = at_key % #keys + 1
    return "Authorization: Bearer " .. keys[at_key] .. "\r\n"
end

local function post(path, body, headers)
    return "POST " .. path .. " HTTP/1.1\r\nHost: wallet-engine\r\n" .. authorization() .. (headers or "")
        .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

local DEPOSIT = '{"operationType":"DEPOSIT","amount":"0.01"}'

function deposit(n)
    return post(path(n) .. "operation/", DEPOSIT)
end

-- A deposit with one more header: what comes before the header's value, and what comes after it.
function deposit_around(n, header)
    local request = post(path(n) .. "operation/", DEPOSIT, header .. ": \0\r\n")
    local value = request:find("\0", 1, true)
    return request:sub(1, value - 1), request:sub(value + 1)
end

function transfer(from, to)
    return post(path(from) .. "transfers/", '{"to":"' .. id(to) .. '","amount":"0.01"}')
end

function hold(n)
    return post(path(n) .. "holds/", '{"amount":"0.01"}')
end

function capture(n, id)
    return post(path(n) .. "holds/" .. id .. "/capture/", "{}")
end

-- Deposits, each into the wallet that `wallet()` gives.
function batch(wallet)
    local members = {}
    for place = 1, BATCH do
        members[place] = '{"wallet":"' .. id(wallet()) .. '","kind":"DEPOSIT","amount":"0.01"}'
    end
    return post("/api/batch/", '{"atomic":false,"operations":[' .. table.concat(members, ",") .. "]}")
end

function read(n)
    return "GET " .. path(n) .. " HTTP/1.1\r\nHost: wallet-engine\r\n" .. authorization() .. "\r\n"
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

-- So many requests that `make()` makes now, in turn.
function in_turn(count, make)
    local made = {}
    for n = 1, count do
        made[n] = make()
    end
    local at = 0
    return function()
        at = at % count + 1
        return made[at]
    end
end

-- With many keys, a request of `make()` for each of them, in turn; otherwise nothing.
function with_each_key(make)
    return #keys > 1 and in_turn(#keys, make)
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
