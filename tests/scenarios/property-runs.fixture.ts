/** How often the properties run. Each takes a share of it, by what one run of it costs. */
export const runs = Number(process.env.PROPERTY_RUNS ?? 300);

/** Of a thousand runs, or fewer, on a machine that does other work besides. */
const leastMs = 240_000;
const limitMs = Math.max(leastMs, (leastMs * runs) / 1_000);

/** A property that does not come to its end within the limit has failed. */
export const withinLimit = { interruptAfterTimeLimit: limitMs, markInterruptAsFailure: true } as const;

/** Of the test around it. */
export const testLimitMs = limitMs + 60_000;
