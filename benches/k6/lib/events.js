// The feed, read by one reader that checks that each of its wallets' operations comes once and in order.

import http from 'k6/http';
import { check } from 'k6';
import { Counter, Trend } from 'k6/metrics';

import { isJson, params } from './requests.js';
import { BASE_URL } from './settings.js';

const PARAMS = params('events');
const LIMIT = 1000;

const unaccounted = new Counter('unaccounted_events');
/** From the commit of an operation to when a reader that waits has it, by two clocks if the engine is elsewhere. */
const delay = new Trend('event_delay_ms');

/** Counts operations that happened: their events are still to come. */
export function happened(operations) {
    unaccounted.add(operations);
}

/** Where the feed ends now. */
export function now() {
    return page('now', 0).next;
}

/** A reader of these wallets' events, which come in order from number 1 on. */
export class Reader {
    constructor(urls, after) {
        this.after = after;
        this.ids = new Map(urls.map((url) => [url.split('/').at(-2), 0]));
    }

    /** Takes a page; the number of its events of these wallets. */
    read(wait_s) {
        const { events, next } = page(this.after, wait_s);
        const mine = events.filter(({ wallet }) => this.ids.has(wallet));
        const received_ms = Date.now();
        const in_order = mine.every(({ wallet, operation }) => {
            const expected = this.ids.get(wallet) + 1;
            this.ids.set(wallet, operation.id);
            return operation.id === expected;
        });
        check(mine, { 'each operation comes once and in order': () => in_order });
        if (wait_s > 0) {
            mine.forEach(({ operation }) => delay.add(received_ms - Date.parse(operation.created_at)));
        }
        this.after = next;
        return mine.length;
    }

    /** Takes all that is there, and subtracts it from what happened. */
    settle() {
        for (let before; before !== this.after; ) {
            before = this.after;
            unaccounted.add(-this.read(0));
        }
    }
}

function page(after, wait_s) {
    const answer = http.get(`${BASE_URL}/api/events/?after=${after}&limit=${LIMIT}&wait=${wait_s}`, PARAMS);
    const read = check(answer, {
        'a page of events is answered 200': (a) => a.status === 200,
        'a page of events is answered in JSON': isJson,
    });
    return read ? answer.json() : { events: [], next: after };
}
