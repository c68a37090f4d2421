import { Inject, type SetTable, type SetTableDefinition, setTable, type Table, Timer, topic } from '@weir/core';
import { expectTypeOf } from 'expect-type';

const tags = setTable('tags', { key: 'string', value: 'integer', like: topic('commands') });
expectTypeOf(tags).toEqualTypeOf<SetTableDefinition<string, number>>();
// @ts-expect-error sets are empty where there are none
setTable('wrong', { key: 'string', value: 'integer', default: 1 });
// @ts-expect-error a key lives by its own bytes
setTable('wrong', { key: 'string', value: 'integer', placement: 'event' });
// @ts-expect-error a table of sets has a schema of elements
setTable('wrong', { key: 'string' });

export class Right {
  constructor(@Inject(tags) readonly tags: SetTable<string, number>) {}

  @Timer('1m', { per: tags })
  look(): void {
    expectTypeOf(this.tags.get('a')).toEqualTypeOf<ReadonlySet<number>>();
    for (const key of this.tags.keys()) expectTypeOf(key).toEqualTypeOf<string>();
    this.tags.add('a', 1, 2);
    // @ts-expect-error its elements are numbers
    this.tags.add('a', 'one');
    // @ts-expect-error its keys are text
    this.tags.remove(1, 1);
    // @ts-expect-error what is read is not changed
    this.tags.get('a').add(1);
  }
}

export class Wrong {
  constructor(
    // @ts-expect-error its elements are numbers
    @Inject(tags) readonly texts: SetTable<string, string>,
    // @ts-expect-error a table of sets is no table
    @Inject(tags) readonly table: Table<string, number>,
  ) {}
}
