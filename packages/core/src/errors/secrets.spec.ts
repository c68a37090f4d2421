import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, withoutCredentials } from './index.js';

const told = (option: string, given: unknown) => new ConfigurationError(option, given, 'something else').message;

describe('the message of an option that cannot be used', () => {
  // A misspelt `sasl.pasword=hunter2` and `kafka://user:hunter2@host` stood in the log as they were.
  it.each([
    ["kafka['sasl.password']", 'hunter2'],
    ["kafka['sasl.pasword']", 'hunter2'],
    ["kafka['ssl.key.password']", 'hunter2'],
    ["kafka['ssl.key.pem']", 'hunter2'],
    ["kafka['sasl.oauthbearer.client.secret']", 'hunter2'],
    ['WEIR_API_KEY', 'hunter2'],
    ['broker', 'kafka://user:hunter2@host:9092'],
    ['broker', 'kafka://user:hunter2/@x@host:9092,other'],
    ['broker', 'http://hunter2@host'],
    ['kafka', { 'sasl.password': 'hunter2', nested: { token: 'hunter2' } }],
    ['kafka', { url: 'kafka://a:hunter2@host' }],
  ])('does not show the secret in %s', (option, given) => {
    expect(told(option, given)).toContain(option);
    expect(told(option, given)).not.toContain('hunter2');
  });

  it('shows everything else', () => {
    expect(told("kafka['linger.ms']", '5s')).toBe("kafka['linger.ms']: expected something else, got '5s'");
    expect(told('broker', 'kafka//host')).toContain("got 'kafka//host'");
    expect(told("kafka['sasl.password']", undefined)).toContain('got undefined');
    expect(told('errors', { then: 'x' })).toContain('{"then":"x"}');
  });
});

describe('a text', () => {
  it('loses the credentials of its URLs, and nothing else', () => {
    expect(withoutCredentials('connecting to kafka://u:p@one:1,two:2')).toBe('connecting to kafka://***@one:1,two:2');
    expect(withoutCredentials('mail a@b.c, see kafka://one:1')).toBe('mail a@b.c, see kafka://one:1');
  });
});
