import { beforeEach, describe, expect, it } from '@jest/globals';
import { Tracker } from '../positions/index.js';
import { Watermark } from './watermark.js';

/** A lane, as the watermark hears of it. */
class TestLane {
  readonly tracker = new Tracker(true);
  #next = 0;

  constructor(
    private readonly watermark: Watermark,
    private readonly topic: string,
  ) {
    watermark.open(topic, this.tracker);
  }

  delivered(time: number): () => void {
    this.watermark.delivers(this.tracker, time);
    const ticket = this.tracker.deliver(this.#next++);
    this.tracker.happened(ticket, time);
    this.watermark.delivered(this.topic);
    return () => {
      this.tracker.finish(ticket);
      this.watermark.finished(time);
    };
  }

  done(...times: number[]): void {
    for (const time of times) this.delivered(time)();
  }
}

describe('the watermark of a partition group', () => {
  let watermark: Watermark;
  let a: TestLane;
  let b: TestLane;

  beforeEach(() => {
    watermark = new Watermark(
      new Map([
        ['a', 0],
        ['b', 5],
      ]),
    );
    a = new TestLane(watermark, 'a');
    b = new TestLane(watermark, 'b');
  });

  it('is that of the topic which has come least far, less the disorder of each', () => {
    expect(watermark.now).toBe(Number.NEGATIVE_INFINITY);
    a.done(100);
    expect(watermark.now).toBe(Number.NEGATIVE_INFINITY);
    b.done(90);
    expect([watermark.now, watermark.heldBy]).toEqual([85, { topic: 'b', time: 85 }]);
    b.done(200);
    expect([watermark.now, watermark.heldBy]).toEqual([100, { topic: 'a', time: 100 }]);
  });

  // An event in a retry had its window closed before it has written.
  it('is held at the smallest event time of what is not finished', () => {
    b.done(1_000);
    const first = a.delivered(50);
    a.done(100, 300);
    expect(watermark.now).toBe(50);
    first();
    expect(watermark.now).toBe(300);
  });

  it('stands still while the time of an event is not known', () => {
    b.done(1_000);
    a.done(10);
    watermark.delivers(a.tracker, Number.NaN);
    a.tracker.deliver(100);
    a.done(20);
    expect(watermark.now).toBe(10);
  });

  // The fast one closed the windows of the slow one.
  it('goes by the slowest of several agents of a topic', () => {
    const slow = new TestLane(watermark, 'a');
    b.done(1_000);
    a.done(10, 20, 30);
    slow.done(10);
    expect(watermark.now).toBe(10);
  });

  it('never goes back but with a rewind, and then to what is committed', () => {
    a.done(100);
    b.done(100);
    const notes = ['a', 'b'].map((topic) => [topic, watermark.noteOf(topic)] as const);
    a.done(40, 500);
    b.done(500);
    expect(watermark.now).toBe(495);
    for (const [topic, note] of notes) watermark.committed(topic, note);
    watermark.restart();
    expect(watermark.now).toBe(95);
    const again = new TestLane(watermark, 'a');
    again.done(40);
    expect(watermark.now).toBe(95);
  });

  it('begins at what stands beside the offsets, whichever topic has it', () => {
    watermark.begin('a', { topic: 300, watermark: 120 });
    expect(watermark.now).toBe(120);
    watermark.begin('b', { topic: 125, watermark: 120 });
    expect(watermark.now).toBe(120);
    b.done(400);
    expect(watermark.now).toBe(300);
  });

  describe('where topics are idle', () => {
    it('is not held by them, and by them again when something comes', () => {
      a.done(100);
      watermark.tick(new Set(['b']), 1_000);
      expect(watermark.now).toBe(100);
      a.done(200);
      expect(watermark.now).toBe(200);
      const late = b.delivered(150);
      a.done(300);
      expect(watermark.now).toBe(200);
      late();
      b.done(400);
      expect(watermark.now).toBe(300);
    });

    it('goes on at the pace of the clock while all are, at most to now', () => {
      a.done(100);
      b.done(100);
      watermark.tick(new Set(['a', 'b']), 1_000);
      expect(watermark.now).toBe(95);
      watermark.tick(new Set(['a', 'b']), 1_030);
      expect(watermark.now).toBe(125);
      a.done(1_050);
      b.done(1_060);
      expect(watermark.now).toBe(1_050);
      watermark.tick(new Set(), 1_060);
      watermark.tick(new Set(['a', 'b']), 1_070);
      watermark.tick(new Set(['a', 'b']), 1_075);
      watermark.tick(new Set(['a', 'b']), 2_000);
      expect(watermark.now).toBe(1_050 + 930);
      watermark.tick(new Set(['a', 'b']), 1_990);
      expect(watermark.now).toBe(1_980);
    });

    // A topic that had never had an event held it for ever.
    it('begins at what has come where all become idle at once, and one has had nothing', () => {
      a.done(100);
      watermark.tick(new Set(['a', 'b']), 1_000);
      expect(watermark.now).toBe(100);
      watermark.tick(new Set(['a', 'b']), 1_030);
      expect(watermark.now).toBe(130);
    });

    // A topic that was idle made later ones late that came from where it stood.
    it('is never above what it was noted as when it begins again', () => {
      a.done(100);
      watermark.tick(new Set(['b']), 1_000);
      a.done(500);
      const noted = watermark.noteOf('b');
      expect(noted).toEqual({ topic: 505, watermark: 500 });
    });
  });
});
