// The requests on a wallet, with their common checks, and the counters of what they moved.

import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';

import { TOKEN } from './settings.js';

/** Longer than the engine's WALLET_WAIT_S: it is the engine that says when it gave up. */
const TIMEOUT = '15s';
const OPERATION_BODY = /^\{"status":"success","balance":"(\d+)\.(\d\d)"\}$/;
const WALLET_BODY = /^\{"user":\d+,"balance":"(\d+)\.(\d\d)"\}$/;

const HEADERS = { 'Content-Type': 'application/json', ...(TOKEN ? { Authorization: `Bearer ${TOKEN}` } : {}) };

const unaccounted = new Counter('unaccounted_cents');

/** k6's parameters for a kind of request, under whose name it is reported, and the statuses that are no failure. */
export function params(kind, statuses = [200]) {
    return {
        headers: HEADERS,
        responseCallback: http.expectedStatuses(...statuses),
        tags: { name: kind },
        timeout: TIMEOUT,
    };
}

const PARAMS = {
    DEPOSIT: params('deposit'),
    WITHDRAW: params('withdraw'),
    READ: params('read'),
    OVERDRAW: params('overdraw', [400]),
    SETTLE: params('settle'),
};

export function isJson(answer) {
    return answer.headers['Content-Type'] === 'application/json';
}

/** The balance in a body of that form, in cents, which are exact in a number; null if it has another form. */
function centsIn(answer, form) {
    const found = answer.status === 200 ? form.exec(answer.body) : null;
    return found ? Number(found[1]) * 100 + Number(found[2]) : null;
}

/** An amount as the API writes it. */
export function decimal(cents) {
    return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

function post(url, kind, cents, parameters) {
    return http.post(`${url}operation/`, `{"operationType":"${kind}","amount":"${decimal(cents)}"}`, parameters);
}

/** Moves money and counts it; the answered balance in cents, or null. */
export function operate(url, kind, cents) {
    const answer = post(url, kind, cents, PARAMS[kind]);
    const balance = centsIn(answer, OPERATION_BODY);
    check(answer, {
        'an operation is answered 200': (a) => a.status === 200,
        'an operation is answered in JSON': isJson,
        'an operation says success and the balance': () => balance !== null,
    });
    if (balance !== null) {
        unaccounted.add(kind === 'DEPOSIT' ? cents : -cents);
    }
    return balance;
}

/** The balance in cents, or null. */
export function read(url, parameters = PARAMS.READ) {
    const answer = http.get(url, parameters);
    const balance = centsIn(answer, WALLET_BODY);
    check(answer, {
        'a read is answered 200': (a) => a.status === 200,
        'a read is answered in JSON': isJson,
        'a read says the user and the balance': () => balance !== null,
    });
    return balance;
}

/** Asks for more than there is. */
export function overdraw(url, cents) {
    check(post(url, 'WITHDRAW', cents, PARAMS.OVERDRAW), {
        'an overdraft is answered 400': (a) => a.status === 400,
        'an overdraft is answered in JSON': isJson,
        'an overdraft is refused with the documented words': (a) =>
            a.body === '{"status":"error","message":"Недостаточно средств"}',
    });
}

/** Subtracts what the wallets hold from what was acknowledged; their balances in cents. For `teardown()`. */
export function settle(urls) {
    return urls.map((url) => {
        const balance = read(url, PARAMS.SETTLE) ?? 0;
        unaccounted.add(-balance);
        return balance;
    });
}
