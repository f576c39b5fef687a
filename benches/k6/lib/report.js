// The report of a load test: a summary of a few lines, and everything in JSON.

const LABEL_WIDTH = 14;

/** For `handleSummary()`: the text to standard output, the JSON to the load's `out`, whose folder must exist. */
export function report(load, data) {
    const { metrics } = data;
    const crossed = metrics.iterations ? crossedThresholds(metrics) : ['it ended before its first iteration'];
    const record = {
        load,
        duration_ms: data.state.testRunDurationMs,
        passed: crossed.length === 0,
        crossed,
        checks: data.root_group.checks,
        metrics,
    };
    return { stdout: text(load, data, crossed), [load.out]: `${JSON.stringify(record, null, 2)}\n` };
}

function text(load, data, crossed) {
    const { metrics } = data;
    const value = (metric, name) => metrics[metric]?.values[name] ?? 0;
    const where = `${load.wallets ? `wallets: ${load.wallets}, ` : ''}at ${load.base_url}`;
    const lines = [`${load.name}: ${load.rate}/s for ${load.duration_s} s, ${where}`];
    const line = (label, words) => lines.push(`  ${label.padEnd(LABEL_WIDTH)}${words}`);

    if (!metrics.iterations) {
        return `${lines[0]}\n  FAILED: ${crossed[0]}\n`;
    }
    const iterations = value('iterations', 'count');
    const dropped = value('dropped_iterations', 'count');
    const rate = (iterations / load.duration_s).toFixed(1);
    line('iterations', `${iterations} (${rate}/s), and ${dropped} dropped (no free virtual user)`);
    line('requests', `${value('http_reqs', 'count')}, of which ${value('http_req_failed', 'passes')} failed`);
    line('checks', `${value('checks', 'passes')} passed, ${value('checks', 'fails')} failed`);
    for (const failed of data.root_group.checks.filter((check) => check.fails > 0)) {
        line('', `not: ${failed.name} (${failed.fails} of ${failed.fails + failed.passes})`);
    }
    for (const [metric, label] of Object.entries(COUNTED)) {
        if (metric in metrics) {
            line(label, String(value(metric, 'count')));
        }
    }
    for (const [metric, { values }] of Object.entries(metrics).sort()) {
        const kind = /^http_req_duration\{name:(.*)\}$/.exec(metric)?.[1];
        if (kind) {
            const ms = (name) => `${values[name].toFixed(2)} ms`;
            line(kind, `median ${ms('med')}, p95 ${ms('p(95)')}, p99 ${ms('p(99)')}, max ${ms('max')}`);
        }
    }
    if ('event_delay_ms' in metrics) {
        const ms = (name) => `${value('event_delay_ms', name).toFixed(2)} ms`;
        line('event after', `median ${ms('med')}, p95 ${ms('p(95)')}, p99 ${ms('p(99)')}, max ${ms('max')}`);
    }
    for (const threshold of crossed) {
        lines.push(`  FAILED: ${threshold}`);
    }
    return `${lines.join('\n')}\n`;
}

/** Counters of the loads' own, and what people call them. */
const COUNTED = {
    registrations: 'registered',
    registrations_refused: 'refused (503)',
    unaccounted_cents: 'unaccounted',
    unmatched_answers: 'unmatched',
    unaccounted_events: 'no event',
};

function crossedThresholds(metrics) {
    return Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
        Object.entries(thresholds)
            .filter(([, { ok }]) => !ok)
            .map(([threshold]) => `${metric} should be ${threshold}`),
    );
}
