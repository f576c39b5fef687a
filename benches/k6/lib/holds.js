// Holds and captures, with their checks.

import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';

import { decimal, isJson, params } from './requests.js';

const unaccounted = new Counter('unaccounted_cents');

const HOLD = params('hold', [201]);
const CAPTURE = params('capture', [200]);

/** Whether it is a hold of that state, with these amounts in cents. */
function isHold(hold, id, status, amount, captured, released) {
    return (
        hold.id === id &&
        hold.status === status &&
        hold.amount === decimal(amount) &&
        hold.captured === decimal(captured) &&
        hold.released === decimal(released) &&
        hold.remaining === decimal(amount - captured - released)
    );
}

/** Holds money for an hour; the hold's id, or null. */
export function hold(url, cents) {
    const answer = http.post(`${url}holds/`, `{"amount":"${decimal(cents)}","expires_in":3600}`, HOLD);
    const placed = answer.status === 201 ? answer.json() : null;
    check(answer, {
        'a hold is answered 201': (a) => a.status === 201,
        'a hold is answered in JSON': isJson,
        'a hold is open, with nothing captured': () =>
            placed !== null && isHold(placed, placed.id, 'open', cents, 0, 0),
        'a hold says where it is': (a) => /\/holds\/\d+\/$/.test(a.headers.Location),
    });
    return placed && placed.id;
}

/** Captures a part of what is held, or all, and frees the rest. */
export function capture(url, id, held, cents) {
    const answer = http.post(`${url}holds/${id}/capture/`, `{"amount":"${decimal(cents)}","final":true}`, CAPTURE);
    const done = answer.status === 200 ? answer.json() : null;
    check(answer, {
        'a capture is answered 200': (a) => a.status === 200,
        'a capture is answered in JSON': isJson,
        'a capture says its id and the balance': () => done !== null && done.id > id && /^\d+\.\d\d$/.test(done.balance),
        'a capture shows its hold, closed': () =>
            done !== null && isHold(done.hold, id, 'captured', held, cents, held - cents),
    });
    if (done !== null) {
        unaccounted.add(-cents);
    }
}
