import { decodeBytes } from '../../codecs/index.js';
import { codecOf, previousHeader, type WindowedTableDefinition } from '../../definitions/index.js';
import { ExpandedEvent, type Expands } from '../../streams/index.js';
import type { WindowKeys } from './window-keys.js';

/** Makes of an entry of the changelog of a windowed table the change of a window. Windows that are kept, and late events, stand there, too, and are none. */
export function windowChanges({ options }: WindowedTableDefinition, keys: WindowKeys): Expands {
  const codec = codecOf(options.value);
  return (event) => {
    const { batch, index, key, value, headers } = event;
    const cellKey = batch.key(index)?.toString('latin1');
    if (cellKey === undefined || keys.isKept(cellKey) || keys.isLate(cellKey)) return [];
    const { [previousHeader]: previous } = headers;
    const change = {
      key,
      value: value === null ? undefined : decodeBytes(codec, Buffer.from(value as Uint8Array)),
      previous: previous === undefined ? undefined : decodeBytes(codec, previous),
    };
    return [new ExpandedEvent(event, change, event.time, { window: { key, ...keys.windowOf(cellKey) }, isLate: false })];
  };
}
