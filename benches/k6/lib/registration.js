// Users and their wallets.

import exec from 'k6/execution';
import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter } from 'k6/metrics';

import { isJson, params } from './requests.js';
import { BASE_URL, REGISTRATIONS_AT_ONCE } from './settings.js';

const WALLET_PATH = /^\/api\/wallets\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/$/;

const registrations = new Counter('registrations');
const registrationsRefused = new Counter('registrations_refused');

/** Ends the load at once unless an engine answers; a prefix of names for this run. */
export function begin(load) {
    const nobody = `${BASE_URL}/api/wallets/00000000-0000-0000-0000-000000000000/`;
    const answer = http.get(nobody, params('probe', [404]));
    if (answer.status === 0) {
        exec.test.abort(`nothing answers at ${BASE_URL}: start the engine (make run), or set BASE_URL`);
    }
    if (answer.status === 401) {
        exec.test.abort(`the engine at ${BASE_URL} takes a key with every scope: set TOKEN`);
    }
    if (answer.status !== 404 || !isJson(answer)) {
        exec.test.abort(`what answers at ${BASE_URL} is no wallet engine: ${answer.status} for an absent wallet`);
    }
    const unique = Math.floor(Math.random() * 36 ** 6).toString(36);
    return `${load.name}-${Date.now().toString(36)}-${unique}`;
}

/** Registers a user for each wallet; their addresses. For `setup()`. */
export function openWallets(load, run) {
    const urls = [];
    while (urls.length < load.wallets) {
        const group = Math.min(REGISTRATIONS_AT_ONCE, load.wallets - urls.length);
        // A refused name is not retried; the next one is used.
        const names = Array.from({ length: group }, () => `${run}-w${serial()}`);
        let wait_s = 0;
        for (const answer of http.batch(names.map((name) => registration(name, 'open wallet')))) {
            if (answer.status === 201) {
                urls.push(BASE_URL + answer.headers.Location);
            } else if (answer.status === 503) {
                wait_s = Number(answer.headers['Retry-After']) || 1;
            } else {
                exec.test.abort(`a wallet could not be opened: ${answer.status} ${answer.error} ${answer.body}`);
            }
        }
        sleep(wait_s);
    }
    return urls;
}

let last = 0;
const serial = () => (last += 1);

function registration(name, kind) {
    const body = { username: name, email: `${name}@example.com`, password: 'correct horse battery' };
    return ['POST', `${BASE_URL}/api/register/`, JSON.stringify(body), params(kind, [201, 503])];
}

/**
 * Registers one user; returns the URL of the new wallet, or null. If the queue of password hashing is full, the engine
 * responds with 503 and Retry-After, which is no failure and is counted separately.
 */
export function register(name) {
    const answer = http.request(...registration(name, 'register'));
    const path = answer.headers.Location;
    if (answer.status === 503) {
        registrationsRefused.add(1);
        check(answer, {
            'a refused registration is in JSON': isJson,
            'a refused registration says when to come again': (a) => /^[1-9]\d*$/.test(a.headers['Retry-After']),
        });
        return null;
    }
    const expected = `{"username":"${name}","email":"${name}@example.com","wallet_balance":"0.00"}`;
    const right = check(answer, {
        'a registration is answered 201': (a) => a.status === 201,
        'a registration is answered in JSON': isJson,
        'a registration says whom it registered': (a) => a.body === expected,
        'a registration says where the wallet is': () => WALLET_PATH.test(path),
    });
    if (!right) {
        return null;
    }
    registrations.add(1);
    return BASE_URL + path;
}
