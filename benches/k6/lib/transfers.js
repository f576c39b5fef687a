// Transfers and batches, with their checks; the total of all wallets has to stay what was deposited.

import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';

import { decimal, isJson, params } from './requests.js';
import { BASE_URL } from './settings.js';

const TRANSFER_BODY = /^\{"id":\d+,"transfer":"[0-9a-f-]{36}","balance":"(\d+)\.(\d\d)"\}$/;

const unaccounted = new Counter('unaccounted_cents');

const TRANSFER = params('transfer', [201]);
const BATCH = params('batch', [200]);

/** The wallet's id, the last part of its address. */
export function idOf(url) {
    return url.split('/').at(-2);
}

/** Moves money from one wallet to another, which has to succeed. */
export function transfer(from, to, cents) {
    const body = `{"to":"${idOf(to)}","amount":"${decimal(cents)}"}`;
    const answer = http.post(`${from}transfers/`, body, TRANSFER);
    check(answer, {
        'a transfer is answered 201': (a) => a.status === 201,
        'a transfer is answered in JSON': isJson,
        'a transfer says its ids and the balance': (a) => TRANSFER_BODY.test(a.body),
        'a transfer says where it is': (a) => /\/operations\/\d+\/$/.test(a.headers.Location),
    });
}

/** Deposits so many times into the wallet, in one batch. Nothing but deposits of that amount may ever happen to it. */
export function depositBatch(url, cents, times) {
    const one = `{"wallet":"${idOf(url)}","kind":"DEPOSIT","amount":"${decimal(cents)}"}`;
    const body = `{"operations":[${Array(times).fill(one).join(',')}]}`;
    const answer = http.post(`${BASE_URL}/api/batch/`, body, BATCH);
    const results = answer.status === 200 ? answer.json('results') : [];
    const done = results.filter(({ status }) => status === 201);
    check(answer, {
        'a batch is answered 200': (a) => a.status === 200,
        'a batch is answered in JSON': isJson,
        'each operation of a batch is done': () => results.length === times && done.length === times,
        'each operation of a batch has the balance after it': () =>
            done.every(({ id, balance, replayed }) => balance === decimal(id * cents) && replayed === false),
        'operations of a batch happen in its order': () =>
            done.every(({ id }, place) => place === 0 || id > done[place - 1].id),
    });
    unaccounted.add(cents * done.length);
}
