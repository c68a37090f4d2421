import path from 'node:path';

/** The configuration of one node. `compose.yaml` says the same for Docker: change both. */
export function serverProperties({ folder, address, addresses, tls, acls }) {
  const factor = Math.min(addresses.length, 3);
  const secure = tls ? `,SASL_SSL://127.0.0.1:${address.secure}` : '';
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': address.id,
    'controller.quorum.voters': addresses.map(({ id, controller }) => `${id}@127.0.0.1:${controller}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${address.plain},CONTROLLER://127.0.0.1:${address.controller}${secure}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${address.plain}${secure}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': path.join(folder, `data-${address.id}`),
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': factor > 1 ? 2 : 1,
    'default.replication.factor': factor,
    'min.insync.replicas': factor > 1 ? 2 : 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.num.partitions': 8,
    // For the pace of tests: groups that form at once, members that are missed soon, a log cleaner that does not rest.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
    'group.consumer.heartbeat.interval.ms': 500,
    'group.consumer.min.heartbeat.interval.ms': 500,
    'group.consumer.min.session.timeout.ms': 3_000,
    'group.consumer.session.timeout.ms': 6_000,
    'log.cleaner.backoff.ms': 500,
    // A killed node may come back before its registration has run out.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...(acls && {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // Whoever comes over a plain listener, and the nodes themselves.
      'super.users': 'User:ANONYMOUS',
    }),
    ...(tls && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': tls.keystore,
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
