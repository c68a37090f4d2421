import { TransportError } from '../errors/index.js';
import type { Admin, NewTopic } from '../transport/index.js';
import type { TopicsPolicy } from './provision.js';

/** Settings of which more is as good, and of which less is. All others must be as they are wanted. */
const atLeast = [
  'max.message.bytes',
  'delete.retention.ms',
  'min.compaction.lag.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
];
const atMost = ['segment.bytes', 'min.cleanable.dirty.ratio'];
/** Those without which state is lost, or counted wrongly: what is deleted by time, and when it was written. */
const essential = ['cleanup.policy', 'message.timestamp.type'];

/** A setting of a topic that is otherwise than it should be. */
export interface Difference {
  readonly topic: string;
  readonly setting: string;
  /** Undefined where the broker knows no such setting. */
  readonly found: string | undefined;
  readonly wanted: string;
}

/** Whether a setting that is found will do where another value is wanted. */
export type WillDo = (setting: string, found: string, wanted: string) => boolean;

/**
 * Compares the settings of topics that exist with those that they would be created with.
 * @returns what is to be said to whoever runs the worker
 * @throws TransportError `TOPIC_MISMATCH` with `verify` for every difference, with `create` for those that cost state; it names each, and the remedy
 */
export async function checkSettings(admin: Pick<Admin, 'configs'>, existing: readonly NewTopic[], policy: TopicsPolicy): Promise<string[]> {
  if (policy === 'off' || existing.length === 0) return [];
  const names = existing.map(({ name }) => name);
  if (admin.configs === undefined)
    return policy === 'verify' ? [`cannot verify the settings of ${names.join(', ')}: this client has no way to ask for them`] : [];
  const found = await admin.configs(names);
  const differences = existing.flatMap((topic) => {
    const settings = found.get(topic.name);
    return settings === undefined ? [] : differencesOf(topic, settings, isAsGood);
  });
  const wrong = policy === 'verify' ? differences : differences.filter(({ setting }) => essential.includes(setting));
  if (wrong.length > 0)
    throw new TransportError(`topics of the app are not set as they must be: ${told(wrong)}`, { code: 'TOPIC_MISMATCH' });
  const untold = policy === 'verify' ? names.filter((name) => !found.has(name)) : [];
  return [
    ...(differences.length === 0 ? [] : [`topics of the app are set otherwise than they should be: ${told(differences)}`]),
    ...(untold.length === 0 ? [] : [`cannot verify the settings of ${untold.join(', ')}: grant this principal DESCRIBE_CONFIGS on them`]),
  ];
}

/** What of the settings of a topic will not do. Of those that are only wished for, what the broker knows. */
export function differencesOf({ name, config, wishes }: NewTopic, found: Readonly<Record<string, string>>, willDo: WillDo): Difference[] {
  const known = Object.entries(wishes ?? {}).filter(([setting]) => found[setting] !== undefined);
  return [...Object.entries(config), ...known]
    .filter(([setting, wanted]) => found[setting] === undefined || !willDo(setting, found[setting], wanted))
    .map(([setting, wanted]) => ({ topic: name, setting, found: found[setting], wanted }));
}

/** For the topics that an app keeps for itself: more of a size or a time is as good. */
export function isAsGood(setting: string, found: string, wanted: string): boolean {
  if (atLeast.includes(setting)) return Number(found) >= Number(wanted);
  if (atMost.includes(setting)) return Number(found) <= Number(wanted);
  return isSameSetting(setting, found, wanted);
}

/** For what somebody has declared. Brokers write numbers and lists in a form of their own. */
export function isSameSetting(_setting: string, found: string, wanted: string): boolean {
  if (found === wanted) return true;
  const isNumber = found.trim() !== '' && Number(found) === Number(wanted);
  return isNumber || found.replace(/\s/g, '') === wanted.replace(/\s/g, '');
}

/** Each difference, and the command that mends all those of a topic. */
function told(differences: readonly Difference[]): string {
  const topics = [...new Set(differences.map(({ topic }) => topic))];
  return topics
    .map((name) => {
      const its = differences.filter(({ topic }) => topic === name);
      const what = its.map(({ setting, found, wanted }) => `${setting}=${found} and needs ${setting}=${wanted}`).join(', ');
      const settings = its.map(({ setting, wanted }) => `${setting}=${wanted}`).join(',');
      return `${name} has ${what}. Run: weir topics apply, or kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${name} --add-config ${settings}`;
    })
    .join('; ');
}
