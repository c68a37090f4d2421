/** The value after `--name` on the command line. */
export function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
}

/** Where Kafka is: `--broker host:port`, else `KAFKA_BROKERS`, else this machine. */
export function brokers(): string {
  return (option('broker') ?? process.env.KAFKA_BROKERS ?? 'localhost:9092').replace(/^kafka:\/\//, '');
}
