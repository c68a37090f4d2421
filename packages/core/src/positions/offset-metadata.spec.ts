import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completedMax } from './completed-offsets.js';
import {
  areSetsCompatible,
  type CompletedBy,
  isOfNewerVersion,
  logsNote,
  readCompleted,
  readLogs,
  readSet,
  replacedLogs,
  setNote,
  withoutCompleted,
  writeNotes,
} from './offset-metadata.js';
import { Ticks, ticksMax } from './ticks.js';

/** What Kafka takes of it, unless it is told otherwise: `offset.metadata.max.bytes`. */
const metadataMax = 4_096;

describe('how far agents are beyond the commit point', () => {
  const reach = fc.record({
    to: fc.nat(2 ** 40),
    span: fc.integer({ min: 1, max: completedMax(1) }),
    left: fc.array(fc.integer({ min: 1, max: completedMax(1) }), { maxLength: 40 }),
  });

  it('is read as it was written, whatever the agents are called and have left out', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), reach, { maxKeys: 4 }), (agents) => {
        const ahead: CompletedBy = new Map(
          Object.entries(agents).map(([name, { to, span, left }]) => {
            const except = [...new Set(left.filter((back) => back <= span && back <= to).map((back) => to - back))].sort((a, b) => a - b);
            return [name, { to, except }];
          }),
        );
        expect(new Map(readCompleted(writeNotes(ahead)))).toEqual(ahead);
      }),
    );
  });

  it('needs nothing where no agent is', () => {
    expect(writeNotes(new Map())).toBeUndefined();
  });

  it.each([1, 4, 5, 6, 9])('fit into what a broker takes, where %i agents have left out as much as they may', (count) => {
    const max = completedMax(count);
    const except = Array.from({ length: max }, (_, index) => 2 ** 40 + index);
    const agents = Array.from({ length: count }, (_, index) => `Notifications.mail${index}`);
    const set = setNote(Array.from({ length: 50 }, (_, topic) => `topic-with-a-long-name-${topic}`));
    const logs = logsNote(new Map(Array.from({ length: 50 }, (_, table) => [`app-table-${table}-changelog`, `id-${table}`])));
    const ticks = new Ticks();
    for (let tick = 0; tick < ticksMax; tick++) ticks.note(`Shop.tick${tick}`, Date.parse('2040-01-01') + tick);
    const time = { topic: 2 ** 42, watermark: 2 ** 42 };
    const notes = { set, logs, time, tick: ticks.noted };
    const note = writeNotes(new Map(agents.map((agent) => [agent, { to: 2 ** 40 + max, except }])), notes);
    expect(note?.length).toBeLessThan(metadataMax);
  });

  it('is read as versions wrote it before the format had a number, and whatever a later one of this format adds', () => {
    const done = new Map([['Shop.take', { to: 12, except: [] }]]);
    expect(readCompleted('{"weir":{"Shop.take":12}}')).toEqual(done);
    expect(readCompleted('{"v":1,"set":"orders","time":17,"done":{"Shop.take":12}}')).toEqual(done);
    expect(readCompleted('{"v":1,"set":"orders"}')).toEqual(new Map());
  });

  it('says where a newer version has noted it', () => {
    expect([undefined, 'by ops', '{"weir":{}}', writeNotes(new Map([['a', { to: 1, except: [] }]]))].map(isOfNewerVersion)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(isOfNewerVersion('{"v":2,"all":"different"}')).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['what somebody else has noted', 'checked by ops'],
    ['broken JSON', '{"v":1,"done":{'],
    ['notes of another shape', '{"weir":{"a":"12","b":[1],"c":[1,2,3],"d":null,"e":1.5}}'],
  ])('is nothing in %s', (_, metadata) => {
    expect(readCompleted(metadata)).toEqual(new Map());
  });
});

describe('the set with which a topic is read', () => {
  const both = setNote(['likes', 'views']);

  it('is noted with its names, and not where it is one topic alone', () => {
    expect(writeNotes(new Map(), { set: both })).toBe('{"v":1,"set":"likes,views"}');
    expect(readSet(writeNotes(new Map([['a', { to: 1, except: [] }]]), { set: both }))).toBe('likes,views');
    expect(setNote(['likes'])).toBeUndefined();
    expect([undefined, 'by ops', '{"weir":{}}', '{"v":1,"set":7}', writeNotes(new Map())].map(readSet)).toEqual(Array(5).fill(undefined));
  });

  it('is told from others also where its names are too many to be noted', () => {
    const names = Array.from({ length: 50 }, (_, topic) => `topic-${topic}`);
    const [one, other] = [setNote(names), setNote([...names, 'one-more'])];
    expect(one?.length).toBeLessThanOrEqual(256);
    expect(one).not.toBe(other);
    expect([areSetsCompatible('topic-0', one, one), areSetsCompatible('topic-0', one, other)]).toEqual([true, false]);
  });

  it.each([
    ['the same', 'views', both, both, true],
    ['none, as before', 'views', undefined, undefined, true],
    ['one topic more, with the same lead', 'views', both, setNote(['likes', 'views', 'visits']), true],
    ['a topic that follows, and led itself before', 'views', undefined, both, false],
    ['a topic that leads now, and was alone', 'likes', undefined, both, true],
    ['one topic more, which leads', 'views', both, setNote(['clicks', 'likes', 'views']), false],
    ['one topic less', 'views', setNote(['likes', 'views', 'visits']), both, false],
    ['none any more', 'likes', both, undefined, false],
  ])('is compatible with that of workers that run, or not: %s', (_, topic, noted, own, isCompatible) => {
    expect(areSetsCompatible(topic, noted, own)).toBe(isCompatible);
  });
});

describe('the changelogs that are noted beside an offset', () => {
  const ids = new Map([
    ['app-counts-changelog', 'ZsJ2mCkgRZOTnPyjyLIAbw'],
    ['app-tags-changelog', 'kBYEtH1fTXaAkcpzZ8dKxg'],
  ]);
  const metadata = writeNotes(new Map([['a', { to: 1, except: [] }]]), { set: 'likes,views', logs: logsNote(ids) });

  it('tell which of them are others now, and say nothing of those that are new, or not there any more', () => {
    expect(replacedLogs(readLogs(metadata), ids)).toEqual([]);
    const now = new Map([...ids, ['app-new-changelog', 'x'], ['app-tags-changelog', 'another']]);
    expect(replacedLogs(readLogs(metadata), now)).toEqual(['app-tags-changelog']);
    expect(replacedLogs(readLogs(metadata), new Map())).toEqual([]);
    expect(replacedLogs(undefined, now)).toEqual([]);
    expect(logsNote(new Map())).toBeUndefined();
  });

  it('are read from what every version has written, and stay where what agents have completed is left out', () => {
    expect([undefined, 'by ops', '{"v":1,"logs":7}', '{"v":1,"set":"a"}'].map(readLogs)).toEqual(Array(4).fill(undefined));
    const rest = withoutCompleted(metadata);
    expect([readLogs(rest), readSet(rest), readCompleted(rest).size]).toEqual([logsNote(ids), 'likes,views', 0]);
    expect([undefined, 'by ops', '{"v":1,"done":{"a":1}}'].map(withoutCompleted)).toEqual(Array(3).fill(undefined));
  });
});
