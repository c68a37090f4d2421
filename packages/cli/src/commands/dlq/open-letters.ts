import { Letters } from '@weir/core/internal/letters';
import { fromEnvironment } from '../../arguments/global-options.js';
import { UsageError } from '../../arguments/usage.js';
import type { Surroundings } from '../../command.js';
import { type Connection, type ConnectionArguments, connected, describeApp } from '../../connect.js';

/** The dead letters of the app that is named, or of the one with the id that is given, for as long as `use` takes. */
export async function withLetters<T>(
  given: ConnectionArguments,
  around: Surroundings,
  use: (letters: Letters, connection: Connection) => Promise<T>,
): Promise<T> {
  mustNameApp(given, around);
  return connected(given, around, (connection) => {
    const { transport, options, discovery } = connection;
    const agents = discovery === undefined ? undefined : describeApp(discovery, options).agents.map(({ name }) => name);
    return use(new Letters({ transport, clock: around.shell.clock, appId: options.id, agents }), connection);
  });
}

function mustNameApp({ app, id }: ConnectionArguments, { appClass, shell: { environment } }: Surroundings): void {
  if (appClass !== undefined) return;
  if (fromEnvironment(app, environment, 'WEIR_APP') !== undefined || fromEnvironment(id, environment, 'WEIR_ID') !== undefined) return;
  throw new UsageError('whose dead letters? Name the app with -A module[:Export], or its id with --id and its broker with -b');
}
