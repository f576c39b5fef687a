// New users, each with a wallet that exists at once. Hashing a password is expensive by design, so the rate is low; beyond
// the machine's capacity the engine responds with 503 and Retry-After.

import exec from 'k6/execution';
import { check } from 'k6';

import { begin, constantRate, k6Options, read, register, report, settings } from './lib.js';

const load = settings('register', { rate: 20, duration: '30s' });
const limits = { register: ['p(95)<1000', 'p(99)<2000'] };

export const options = k6Options(load, constantRate(load), limits, { registrations: ['count>0'] });

export function setup() {
    return begin(load);
}

export default function (run) {
    const wallet = register(`${run}-${exec.scenario.iterationInTest}`);
    if (wallet !== null) {
        check(read(wallet), { 'a new wallet is empty': (balance) => balance === 0 });
    }
}

export function handleSummary(data) {
    return report(load, data);
}
