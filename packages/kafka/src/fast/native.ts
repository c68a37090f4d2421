import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { fileURLToPath } from 'node:url';
import { reason } from '@weir/core/internal/errors';

/** What `native/src/addon.cc` exports. A client is named by the number that `arm` gave. */
export interface Addon {
  readonly shape: number;
  /** The client that the driver makes next, before `disarm`. */
  arm(hasReports: boolean): number;
  /** Whether the client that the driver has made will be ours. */
  disarm(): boolean;
  /** Whether it is connected. */
  isOpen(client: number): boolean;
  /** What librdkafka says of one of its codes. */
  describe(client: number, code: number): string;
  take(client: number, maxMessages: number, maxBytes: number): TakenRow | null;
  /** Messages in columns: see `native/src/give.h`. @returns false where too many are on their way already, null where the client is gone */
  give(
    client: number,
    topics: readonly string[],
    bytes: Buffer,
    columns: Int32Array,
    timestamps: Float64Array,
    count: number,
  ): boolean | null;
  /** Whether librdkafka has had everything within so long, or the client is gone. */
  given(client: number, ms: number): Promise<boolean>;
  /** Gives librdkafka no more of what it does not have. @returns the ids above 0 of those messages */
  takeBack(client: number): readonly number[];
  reports(client: number): ReportRow;
  tell(client: number, callback: () => void): void;
  forget(client: number): void;
  /** Cuts one of its connections, so that it looks around. Only of clients that report. */
  nudge(client: number): boolean;
  /**
   * The settings of topics: a row for each, of its name, the code that it was refused with or 0, then names and values in turn. Rejects with an error that has
   * librdkafka's `code`.
   */
  configs(client: number, topics: readonly string[], timeoutMs: number): Promise<readonly ConfigsRow[]>;
  /** Sets settings of a topic, given as names and values in turn. Rejects as `configs`, with what the broker says. */
  alterConfigs(client: number, topic: string, settings: readonly string[], timeoutMs: number): Promise<void>;
  /** The process, which is about to exit, ends without the teardown of its libraries, and after so long whatever its threads do. */
  quit(code: number, ms: number): void;
}

/** Batches and errors, field after field: see `native/src/take.h`. */
export type TakenRow = readonly (string | number | boolean | ArrayBuffer | null)[];
/** The settings of a topic, field after field: see `native/src/configs.h`. */
export type ConfigsRow = readonly [topic: string, code: number, ...settings: string[]];
/** Reports, field after field: see `native/src/reports.h`. */
export type ReportRow = readonly (string | number | Buffer | null)[];

/** The addon, and where librdkafka finds it as a plugin. */
export interface FastPath {
  readonly addon: Addon;
  readonly path: string;
}

export interface MissingFastPath {
  /** Why it is not there. */
  readonly missing: string;
}

const shape = 7;
let found: FastPath | MissingFastPath | undefined;

/** Loads the addon, once. It is never needed: without it the driver moves the messages. */
export function loadFastPath(): FastPath | MissingFastPath {
  found ??= load();
  return found;
}

function load(): FastPath | MissingFastPath {
  if (endianness() !== 'LE') return { missing: 'it is made for little-endian machines' };
  try {
    const require = createRequire(import.meta.url);
    const { resolve } = require('node-gyp-build') as { resolve(folder: string): string };
    // The sanitizer's build is put in its place from outside.
    const path = process.env.WEIR_FAST_PATH_ADDON ?? resolve(fileURLToPath(new URL('../../native', import.meta.url)));
    // librdkafka separates the paths of plugins by it, and knows no way to write one that contains it.
    if (path.includes(';')) return { missing: `its path contains a semicolon (${path})` };
    const addon = require(path) as Addon;
    if (addon.shape !== shape) return { missing: `${path} was built from other sources; build it again` };
    return { addon, path };
  } catch (thrown) {
    return { missing: reason(thrown).split('\n')[0]! };
  }
}
