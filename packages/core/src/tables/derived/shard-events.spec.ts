import { describe, expect, it } from '@jest/globals';
import { ShardEvents } from './shard-events.js';

class Unreadable extends ShardEvents {
  protected readonly mayBeDue = true;

  protected take(): string {
    throw new Error('the disk is gone');
  }

  protected putBack(): void {}
  protected forget(): void {}
  protected takeAnew(): void {}

  protected eventOf(): never {
    throw new Error('nothing was taken');
  }
}

describe('events that are derived from a shard', () => {
  // The process ended by an exception that nobody could catch.
  it('say when the store cannot be read, and give none', () => {
    const events = new Unreadable({ topic: 'closed', shard: {} as never, writesOf: () => ({}) as never, isRead: true });
    const failures: string[] = [];
    events.whenFailed(({ message }) => failures.push(message));
    expect(events.next(1)).toBeUndefined();
    expect(failures).toEqual(['the disk is gone']);
  });
});
