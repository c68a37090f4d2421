import { expect, it } from '@jest/globals';
import { KafkaAdmin, type KafkaAdminOptions } from './admin.js';
import { silent } from './silent.fixture.js';

it('says that settings cannot be changed where the addon is missing, and what can be done', async () => {
  const admin = new KafkaAdmin({ logger: silent } as KafkaAdminOptions);
  expect(admin.configs).toBeUndefined();
  await expect(admin.alterConfigs('orders', { 'retention.ms': '1' })).rejects.toMatchObject({
    code: 'OPERATION_UNSUPPORTED',
    message: expect.stringMatching(/native part of @weir\/kafka.*kafka-configs\.sh/),
  });
});
