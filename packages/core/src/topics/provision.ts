import type { TopicDefinition } from '../definitions/index.js';
import { TransportError } from '../errors/index.js';
import { durationMs } from '../time/index.js';
import type { Admin, NewTopic, TopicInfo } from '../transport/index.js';

/** What a worker does about the topics it needs: create those that are missing, only check them, or nothing. */
export type TopicsPolicy = 'create' | 'verify' | 'off';

/** The topics that definitions ask for, one for each name; patterns ask for none. */
export function topicsToProvision(definitions: Iterable<TopicDefinition>): NewTopic[] {
  const wanted = new Map<string, NewTopic>();
  for (const definition of definitions) {
    for (const name of definition.names) {
      if (typeof name === 'string' && !wanted.has(name)) wanted.set(name, newTopic(name, definition));
    }
  }
  return [...wanted.values()];
}

function newTopic(name: string, { options }: TopicDefinition): NewTopic {
  const config: Record<string, string> = { ...options.config };
  if (options.retention !== undefined) config['retention.ms'] = String(durationMs(options.retention, 'retention'));
  if (options.cleanup !== undefined) config['cleanup.policy'] = options.cleanup;
  return { name, partitions: options.partitions ?? -1, replicas: options.replicas ?? -1, config };
}

/**
 * Sees to it that topics exist with the partitions that were declared.
 * @returns the names that were created
 * @throws TransportError `TOPIC_MISSING` or `TOPIC_MISMATCH`, naming every topic that is not as declared
 */
export async function provision(admin: Admin, wanted: readonly NewTopic[], policy: TopicsPolicy): Promise<string[]> {
  if (policy === 'off' || wanted.length === 0) return [];
  const existing = new Map((await admin.describe(wanted.map((each) => each.name))).map((info) => [info.name, info]));
  const missing = wanted.filter((each) => !existing.has(each.name));
  const mismatches = wanted.flatMap((each) => mismatch(each, existing.get(each.name)));
  if (mismatches.length > 0)
    throw new TransportError(`topics are not as declared: ${mismatches.join('; ')}. Correct the declarations, or recreate the topics`, {
      code: 'TOPIC_MISMATCH',
    });
  if (missing.length === 0) return [];
  if (policy === 'verify') {
    const names = missing.map((each) => `${each.name} (${each.partitions === -1 ? 'any number of' : each.partitions} partitions)`);
    throw new TransportError(`topics are missing: ${names.join(', ')}. Create them, or start with topics: 'create'`, {
      code: 'TOPIC_MISSING',
    });
  }
  await admin.create(missing);
  return missing.map((each) => each.name);
}

function mismatch(wanted: NewTopic, found: TopicInfo | undefined): string[] {
  if (found === undefined || wanted.partitions === -1 || wanted.partitions === found.partitions) return [];
  return [`${wanted.name} has ${found.partitions} partitions, declared ${wanted.partitions}`];
}
