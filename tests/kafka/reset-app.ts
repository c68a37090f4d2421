// An app with a table and a grouped source, as a command of its own: `node reset-app.ts <id> worker`.
import { App, Handler, Inject, main, type Table, table, topic } from '@weir/core';

const [id] = process.argv.splice(2, 1);
const visits = topic(`${id}-visits`, { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

@App({ id, broker: `kafka://${process.env.KAFKA_BROKERS}`, store: 'level://' })
class Visits {
  constructor(@Inject(counts) private readonly numbers: Table<string, number>) {}

  @Handler(visits.groupBy((url) => url, { name: 'by-url' }))
  count(url: string): void {
    this.numbers.update(url, (n) => n + 1);
  }
}

await main(Visits);
