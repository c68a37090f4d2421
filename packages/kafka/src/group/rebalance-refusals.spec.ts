import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import { startEmbeddedBroker } from '../embedded/embedded.js';
import { turn } from '../manual-clock.fixture.js';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';
import { both, make } from './rebalance.fixture.js';

/** Within this time what the client has asked for since has come. */
const graceMs = 1_000;

/** What used to happen: it was noted at the level debug, and no partition of the worker was read any more. */
describe('a client that refuses what it has asked for', () => {
  it.each([
    { protocol: 'COOPERATIVE', doing: 'incrementalAssign' },
    { protocol: 'EAGER', doing: 'assign' },
  ])('ends the consumer when it takes no partitions ($protocol)', async ({ protocol, doing }) => {
    const { assign, calls, failures, clock } = make({ protocol, fails: true });
    assign(both);
    await turn();
    expect(failures).toEqual([]);
    await clock.advance(graceMs);
    expect(failures).toMatchObject([{ code: 'CLIENT_FATAL', fatal: true, cause: { message: 'the client says no', code: -172 } }]);
    expect(failures[0]!.message).toContain('cannot take t[0], t[1]: the client says no');
    expect(calls.slice(1)).toEqual([`${doing} 0,1`]);
  });

  it('ends the consumer also when there is nothing to take: what it keeps is not read either', async () => {
    const { assign, failures, clock } = make({ protocol: 'COOPERATIVE', fails: true });
    assign([]);
    await turn();
    await clock.advance(graceMs);
    expect(failures[0]!.message).toContain('cannot take an empty assignment');
  });

  it('ends the consumer when it does not release partitions', async () => {
    const { assign, revoke, failures, clock, driver } = make({ protocol: 'COOPERATIVE' });
    assign(both);
    await turn();
    driver.fails = true;
    revoke([both[1]!]);
    await turn();
    await clock.advance(graceMs);
    expect(failures[0]!.message).toContain('cannot release t[1]: the client says no');
  });

  it('goes on when it has asked for the partitions back in the meantime', async () => {
    const { assign, revoke, calls, said, failures, clock, driver } = make({ protocol: 'COOPERATIVE', fails: true });
    assign(both);
    await turn();
    Object.assign(driver, { fails: false, isLost: true });
    revoke(both);
    await clock.advance(graceMs);
    expect(failures).toEqual([]);
    expect(said).toEqual(['warn: cannot take t[0], t[1]: the client says no']);
    expect(calls.slice(2)).toEqual(['lost 0,1', 'incrementalUnassign ']);
  });

  it('ends the consumer when it has asked for some of them only: the others would never be read', async () => {
    const { assign, revoke, failures, clock, driver } = make({ protocol: 'COOPERATIVE', fails: true });
    assign(both);
    await turn();
    driver.fails = false;
    revoke([both[0]!]);
    await clock.advance(graceMs);
    expect(failures).toHaveLength(1);
  });

  it.each(['before', 'in the meantime'])('is no news when it is being closed, begun %s', async (when) => {
    const { assign, said, failures, clock, rebalance } = make({ protocol: 'COOPERATIVE', fails: true });
    if (when === 'before') rebalance.close();
    assign(both);
    await turn();
    rebalance.close();
    await clock.advance(graceMs);
    expect(failures).toEqual([]);
    expect(said.filter((line) => !line.startsWith('debug: '))).toEqual([]);
    expect(said).toContain('debug: cannot take t[0], t[1]: the client says no');
  });

  it('is no news when it is closed already', async () => {
    const { assign, said, failures } = make({ protocol: 'COOPERATIVE', fails: true, isConnected: false });
    assign(both);
    await turn();
    expect(failures).toEqual([]);
    expect(said).toContain('debug: cannot take t[0], t[1]: the client says no');
  });

  it('is warned of where it does no lasting harm', async () => {
    const { assign, revoke, said, failures, assignment, driver } = make({ protocol: 'COOPERATIVE' });
    assign(both);
    await turn();
    assignment.setPaused(both[1]!, true);
    driver.fails = true;
    revoke(both);
    await turn();
    expect(said).toEqual(['warn: cannot resume t[1]: the client says no']);
    expect(failures).toEqual([]);
  });

  it('ends a consumer of the driver, which is closed in good order', async () => {
    const broker = await startEmbeddedBroker();
    const transport = await open({ broker: broker.url, clientId: 'refused', clock: new SystemClock(), logger: silent, properties: {} });
    const producer = await transport.producer();
    const { topic } = await producer.send({ topic: 'refused', key: null, value: 'one' });
    const consumer = await transport.consumer({ group: 'refused' });
    const heard: string[] = [];
    await consumer.subscribe([topic], {
      // The client takes no such offset.
      assigned: (partitions) => consumer.seek([{ ...partitions[0]!, offset: -5 }]),
      revoked: () => void heard.push('revoked'),
      lost: () => void heard.push('lost'),
      failed: ({ code, message }) => void heard.push(`${code}: ${message}`),
    });
    const polled = (async () => {
      for (;;) await consumer.poll();
    })();
    await expect(polled).rejects.toMatchObject({ code: 'CLIENT_FATAL', fatal: true });
    expect(heard).toEqual([expect.stringMatching(/^CLIENT_FATAL: .*cannot take refused\[\d\], .*invalid start offset -5$/)]);
    await transport.close();
    expect(heard.slice(1)).toEqual(['revoked']);
    await broker.close();
  });
});
