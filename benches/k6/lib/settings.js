// The settings of a load test, and its options for k6.

/** Where the engine is. */
export const BASE_URL = (__ENV.BASE_URL || 'http://127.0.0.1:8000').replace(/\/+$/, '');
/** The key that every request carries; empty: none, for an engine with WALLET_AUTH=off. No report has it. */
export const TOKEN = (__ENV.TOKEN || '').trim();
/** Concurrent registrations in `setup()`: the engine hashes one per core at a time, and queues 64. */
export const REGISTRATIONS_AT_ONCE = 8;
/** Virtual users per iteration per second: for half a second, so that the rate is kept with any latency that
 * the thresholds allow. */
const USERS_PER_RATE = 0.5;
/** Users unless USERS says otherwise; each takes half a megabyte of k6. */
const USERS_MIN = 100;
const USERS_MAX = 2000;

/**
 * The settings of a load test: its defaults, overridden by the environment (`k6 run -e NAME=value`, or exported). With `own`,
 * every virtual user needs its own wallet; without `wallets`, none is created in advance.
 */
export function settings(name, defaults) {
    const wallets = defaults.wallets ? whole('WALLETS', defaults.wallets) : 0;
    const rate = whole('RATE', defaults.rate);
    const wanted = Math.ceil(rate * USERS_PER_RATE);
    const users = whole('USERS', Math.min(Math.max(wanted, USERS_MIN), USERS_MAX));
    return {
        name,
        base_url: BASE_URL,
        rate,
        duration_s: seconds(__ENV.DURATION || defaults.duration),
        wallets,
        users: defaults.own ? Math.min(users, wallets) : users,
        timed: __ENV.TIMED !== 'false',
        out: __ENV.OUT || `target/load/${name}.json`,
    };
}

function whole(variable, otherwise) {
    const text = __ENV[variable] || String(otherwise);
    if (!/^[1-9]\d{0,6}$/.test(text)) {
        throw new Error(`${variable} is '${text}', and should be a whole number from 1 to 9999999`);
    }
    return Number(text);
}

function seconds(text) {
    const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
    const [hours, minutes, rest] = parts ? parts.slice(1).map((part) => Number(part || 0)) : [0, 0, 0];
    const total = 3600 * hours + 60 * minutes + rest;
    if (total === 0) {
        throw new Error(`DURATION is '${text}', and should be a time such as 30s, 10m or 1h30m`);
    }
    return total;
}

/** RATE iterations a second for DURATION, whatever the answers take. */
export function constantRate(load) {
    return { executor: 'constant-arrival-rate', rate: load.rate, duration: `${load.duration_s}s` };
}

/** Up to RATE in the first tenth of DURATION, and down to nothing in the last. */
export function risingAndFallingRate(load) {
    const edge_ms = load.duration_s * 100;
    return {
        executor: 'ramping-arrival-rate',
        startRate: 0,
        stages: [
            { target: load.rate, duration: `${edge_ms}ms` },
            { target: load.rate, duration: `${8 * edge_ms}ms` },
            { target: 0, duration: `${edge_ms}ms` },
        ],
    };
}

/** k6's options. `limits` has, for each kind of request, what its milliseconds must be, unless TIMED is `false`. */
export function k6Options(load, scenario, limits, thresholds = {}) {
    const timed = Object.entries(limits).map(([kind, limit]) => [
        `http_req_duration{name:${kind}}`,
        load.timed ? limit : [], // An empty list makes k6 report the kind by itself all the same.
    ]);
    return {
        // All users in advance: creating one during the test would disturb it.
        scenarios: { load: { ...scenario, preAllocatedVUs: load.users, maxVUs: load.users } },
        thresholds: {
            checks: ['rate==1'],
            http_req_failed: ['rate==0'],
            // An iteration without a free user was not started in time, and is in no other metric.
            ...(load.timed ? { dropped_iterations: ['count==0'] } : {}),
            ...thresholds,
            ...Object.fromEntries(timed),
        },
        batch: REGISTRATIONS_AT_ONCE,
        batchPerHost: REGISTRATIONS_AT_ONCE,
        setupTimeout: '10m',
        teardownTimeout: '10m',
        summaryTrendStats: ['avg', 'min', 'med', 'p(95)', 'p(99)', 'max'],
    };
}

/** The thresholds of loads that move money. */
export const ACCOUNTED = { unaccounted_cents: ['count==0'] };
/** And of those whose every answered balance has to be another one. */
export const MATCHED = { ...ACCOUNTED, unmatched_answers: ['count==0'] };
