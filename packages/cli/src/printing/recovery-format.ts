import { formatMs } from '@weir/core/internal/time';

/** How far a worker has read its changelogs. */
export interface RecoveryState {
  /** Partitions of changelogs that are being read. */
  readonly partitions: number;
  /** Records that were read. */
  readonly read: number;
  /** Offsets before the ends: as many records at most, fewer where the changelog was compacted. */
  readonly remaining: number;
  readonly perSecond: number;
  /** What one of them waits for, and which. */
  readonly waiting?: { readonly for: 'broker' | 'transaction'; readonly at: string };
}

/** Characters of a bar, and the least width at which there is one. */
const barWidth = 24;

/** With commas. What knows of languages is made when there is something to write. */
function number(value: number): string {
  return value.toLocaleString('en');
}

/** How far it is, from 0 to 1. */
export function shareRead({ read, remaining }: RecoveryState): number {
  return read + remaining === 0 ? 1 : read / (read + remaining);
}

/** Milliseconds until the end at this pace; undefined when nobody can tell. */
export function leftMs({ remaining, perSecond }: RecoveryState): number | undefined {
  return perSecond > 0 ? Math.ceil(remaining / perSecond) * 1_000 : undefined;
}

/** One line for the log. */
export function recoveryLine(state: RecoveryState): string {
  return `recovering tables: ${percent(state)}, ${facts(state).join(', ')}`;
}

/** The same with a bar, in no more characters than a terminal has. */
export function recoveryBar(state: RecoveryState, columns = 80): string {
  const full = Math.floor(shareRead(state) * barWidth);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
  return `recovering ${bar} ${percent(state)}  ${facts(state).join('  ')}`.slice(0, Math.max(1, columns - 1));
}

function percent(state: RecoveryState): string {
  // Done is what nobody waits for any more.
  return `${Math.min(99, Math.floor(shareRead(state) * 100))} %`;
}

/** What matters most first: a narrow terminal shows only that. */
function facts(state: RecoveryState): string[] {
  const { partitions, remaining, perSecond, waiting } = state;
  const left = leftMs(state);
  return [
    ...(waiting === undefined ? [] : [`waits for ${waits[waiting.for]} (${waiting.at})`]),
    `${number(Math.round(perSecond))} records/s`,
    `${number(remaining)} left`,
    ...(left === undefined || remaining === 0 ? [] : [`done in ${formatMs(left)}`]),
    partitions === 1 ? '1 partition' : `${number(partitions)} partitions`,
  ];
}

const waits = { broker: 'a broker', transaction: 'an open transaction' } as const;
