import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../time/index.js';
import { type Admin, MemoryBroker, type NewTopic } from '../transport/index.js';
import { checkSettings } from './index.js';

let broker: MemoryBroker;
let admin: Admin;
beforeEach(async () => {
  broker = new MemoryBroker({ clock: new VirtualClock() });
  admin = await broker.transport().admin();
});

const config = {
  'cleanup.policy': 'compact',
  'segment.bytes': '1000',
  'max.message.bytes': '5000',
  'message.timestamp.type': 'CreateTime',
};
const changelog: NewTopic = { name: 'log', partitions: 1, replicas: -1, config };
const create = (changed: Readonly<Record<string, string>>) => broker.createTopic({ name: 'log', config: { ...config, ...changed } });
const check = (policy: 'create' | 'verify' | 'off') => checkSettings(admin, [changelog], policy);

describe('the settings of topics that exist', () => {
  it('are right where they are as wanted, or better', async () => {
    create({ 'segment.bytes': '10', 'max.message.bytes': '9000' });
    expect([await check('create'), await check('verify'), await check('off')]).toEqual([[], [], []]);
  });

  it('are told with both values and the command that mends them, and are an error with verify', async () => {
    create({ 'segment.bytes': '2000', 'max.message.bytes': '10' });
    const [told] = await check('create');
    expect(told).toContain(
      'log has segment.bytes=2000 and needs segment.bytes=1000, max.message.bytes=10 and needs max.message.bytes=5000',
    );
    expect(told).toContain('kafka-configs.sh');
    expect(told).toContain('--entity-name log --add-config segment.bytes=1000,max.message.bytes=5000');
    await expect(check('verify')).rejects.toMatchObject({ code: 'TOPIC_MISMATCH', message: expect.stringContaining('segment.bytes=2000') });
    expect(await check('off')).toEqual([]);
  });

  it.each([
    ['cleanup.policy', 'delete'],
    ['cleanup.policy', 'compact,delete'],
    ['message.timestamp.type', 'LogAppendTime'],
  ])('are an error also with create where state would be lost: %s=%s', async (setting, value) => {
    create({ [setting]: value });
    await expect(check('create')).rejects.toMatchObject({
      code: 'TOPIC_MISMATCH',
      message: expect.stringContaining(`${setting}=${value}`),
    });
  });

  it('that nobody tells of are said with verify', async () => {
    expect(await checkSettings({}, [changelog], 'verify')).toEqual([expect.stringContaining('cannot verify the settings of log')]);
    expect(await checkSettings({}, [changelog], 'create')).toEqual([]);
    expect(await check('verify')).toEqual([expect.stringContaining('DESCRIBE_CONFIGS')]);
  });
});
