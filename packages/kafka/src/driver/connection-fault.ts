import { existsSync } from 'node:fs';
import { ConfigurationError, TransportError, withRemedy } from '@weir/core/internal/errors';
import type { DriverProperties } from './driver-types.js';
import { driverError } from './errors.js';
import { speaksPlainly, speaksTls } from './listener.js';
import { propertyError } from './properties.js';

/** A client that did not connect: what it was made with, and what it said. */
export interface Attempt {
  readonly properties: DriverProperties;
  readonly cause: unknown;
  /** The last line about a refused login or a failed handshake. */
  readonly refusal: string | undefined;
  /** The last line about a connection that failed. */
  readonly failure: string | undefined;
  /** The last line about a broker that closed the connection, where that is all. */
  readonly hangUp: string | undefined;
}

/** Why a client did not connect: the fault of a property where it is one, each with its own remedy. */
export async function connectionFault(attempt: Attempt): Promise<unknown> {
  const { cause, properties, refusal, hangUp } = attempt;
  const fault = ofSettings(wholeMessage(cause), properties);
  if (fault !== undefined) return fault;
  const property = propertyError(cause, properties);
  if (property !== cause) return property;
  if (refusal !== undefined) return refused(refusal, attempt);
  return (hangUp === undefined ? undefined : await hungUp(hangUp, attempt)) ?? unreachable(attempt);
}

/** The driver takes a message apart at its colons, and keeps all of it in the stack only. */
function wholeMessage(cause: unknown): string {
  const { message, stack = '', origin } = driverError(cause) as Error & { readonly origin?: unknown };
  const [, whole] = /^Error: (.+)$/m.exec(stack) ?? [];
  return typeof origin === 'string' && whole !== undefined ? whole : message;
}

const mechanisms = 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, in capitals';

function wrong(properties: DriverProperties, name: string, expected: string, cause?: unknown): ConfigurationError {
  // Both spellings are taken.
  const given = name === 'sasl.mechanisms' && Object.hasOwn(properties, 'sasl.mechanism') ? 'sasl.mechanism' : name;
  return new ConfigurationError(`kafka['${given}']`, properties[given], expected, { cause });
}

/** What librdkafka refuses before it asks a broker. */
function ofSettings(text: string, properties: DriverProperties): ConfigurationError | undefined {
  const fault = (name: string, expected: string) => wrong(properties, name, expected);
  if (/^Unsupported SASL mechanism/.test(text)) return fault('sasl.mechanisms', mechanisms);
  if (/^No provider for SASL mechanism/.test(text)) return fault('sasl.mechanisms', `a mechanism that this driver has: ${mechanisms}`);
  if (/sasl\.username and sasl\.password must be set/.test(text)) {
    const missing = properties['sasl.username'] === undefined ? 'sasl.username' : 'sasl.password';
    return fault(missing, `a value, for security.protocol is ${properties['security.protocol']}`);
  }
  const [, name, why] = /^(ssl\.[a-z.]+) failed: (.+)/s.exec(text) ?? [];
  if (name === undefined) return undefined;
  const isThere = !name.endsWith('.location') || existsSync(String(properties[name]));
  return fault(name, isThere ? `a file that OpenSSL can read (${why?.trim()})` : 'a file that exists');
}

/** What a broker has refused, or the client in its name. */
async function refused(refusal: string, attempt: Attempt): Promise<Error> {
  const { properties, cause } = attempt;
  const address = addressOf(properties);
  const said = plain(refusal);
  const fault = (name: string, expected: string) => wrong(properties, name, expected, cause);
  const known = /broker's supported mechanisms: ([^(]+)/.exec(said)?.[1]?.trim();
  if (/Unsupported SASL mechanism/.test(said) && known) return fault('sasl.mechanisms', `a mechanism that the broker has: ${known}`);
  if (/not valid in current SASL state/.test(said))
    return fault('security.protocol', `PLAINTEXT or SSL, for the broker at ${address} has no login there`);
  if (/PLAINTEXT broker listener/.test(said) && (await some(address, speaksPlainly)))
    return fault('security.protocol', `PLAINTEXT or SASL_PLAINTEXT, for the broker at ${address} does not speak TLS there`);
  const failed = (text: string) => new TransportError(text, { code: 'AUTHENTICATION_FAILED', cause });
  if (/certificate verify failed|could not be verified/.test(said)) return failed(untrusted(address, said, properties));
  if (/invalid credentials|authentication fail/i.test(said))
    return failed(
      withRemedy(`the broker at ${address} refuses the login: ${said}`, 'Check sasl.username and sasl.password under kafka: {…}'),
    );
  return failed(
    `the broker at ${address} refuses this client: ${said}. Check security.protocol, the sasl.* and the ssl.* properties under kafka: {…}`,
  );
}

function untrusted(address: string, said: string, properties: DriverProperties): string {
  const remedy = /name mismatch|IP address mismatch/i.test(said)
    ? 'It is for another name: use one that stands in it as broker'
    : properties['ssl.ca.location'] === undefined
      ? "Give that of its certificate authority: kafka: { 'ssl.ca.location': 'ca.pem' }"
      : 'ssl.ca.location does not hold the authority that has signed it';
  return withRemedy(`the certificate of the broker at ${address} is not trusted: ${said}`, remedy);
}

/** A broker closes the connection of whoever speaks otherwise than its listener wants. */
async function hungUp(hangUp: string, { properties, cause }: Attempt): Promise<Error | undefined> {
  const address = addressOf(properties);
  const protocol = String(properties['security.protocol'] ?? 'PLAINTEXT').toUpperCase();
  if (!protocol.includes('SSL') && (await some(address, speaksTls))) {
    const expected = `SSL or SASL_SSL, for the broker at ${address} speaks TLS there`;
    return new ConfigurationError("kafka['security.protocol']", protocol, expected, { cause });
  }
  if (protocol.includes('SASL') || !/in state UP/.test(hangUp)) return undefined;
  const message = `the broker at ${address} answers, and hangs up on a client that does not log in`;
  return new TransportError(`${message}. Set security.protocol to ${protocol === 'SSL' ? 'SASL_SSL' : 'SASL_PLAINTEXT'}, and sasl.*`, {
    ...{ code: 'AUTHENTICATION_FAILED', cause },
  });
}

function unreachable({ properties, failure, hangUp, cause }: Attempt): TransportError {
  const said = failure ?? hangUp;
  return new TransportError(
    `no Kafka broker answers at ${addressOf(properties)}${said === undefined ? '' : ` (${plain(said)})`}. Start one, or give the right address as broker: 'kafka://host:port'`,
    { code: 'BROKER_UNREACHABLE', cause: driverError(cause), retriable: true },
  );
}

function addressOf(properties: DriverProperties): string {
  return String(properties['bootstrap.servers']);
}

async function some(addresses: string, asked: (address: string) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(addresses.split(',').map(asked))).includes(true);
}

/** Without the address, which stands in the sentence already, and without how long it took. */
function plain(text: string): string {
  return text.replace(/^(?:\w+:\/\/)?\S+:\d+\/\w+: /, '').replace(/ \(after .*$/s, '');
}
