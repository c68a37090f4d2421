import { describe, expect, it } from '@jest/globals';
import { TransportError } from '../errors/index.js';
import { DeliveryError, type Outgoing, Sending } from '../transport/index.js';
import { CarefulOutlet } from './careful-outlet.js';

const at = { topic: 'out', partition: 0, offset: 7 };
const refusal = () => new TransportError('too large', { code: 'DELIVERY_FAILED' });
const message = (value: string): Outgoing => ({ topic: 'out', key: null, value });

/** A producer that notes how each message goes, and refuses what the test says. */
function setup(refuses: (value: string) => Error | undefined = () => undefined) {
  const gone: string[] = [];
  const go = (how: string, { value }: Outgoing) => {
    gone.push(`${how} ${value}`);
    const { sending, resolve, reject } = Sending.open();
    const error = refuses(String(value));
    if (error === undefined) resolve(at);
    else reject(error);
    return sending;
  };
  const outlet = new CarefulOutlet({
    append: (_, __, value) => void gone.push(`append ${value}`),
    send: (each) => go('send', each),
    sendAlone: (each) => go('alone', each),
  });
  return { outlet, gone };
}

describe('the careful way out', () => {
  it('lets messages go as they are asked for in the ordinary way', async () => {
    const { outlet, gone } = setup();
    outlet.append('out', null, 'a');
    await outlet.send(message('b'));
    expect(gone).toEqual(['append a', 'send b']);
  });

  it('waits for what a try sends, or has it go alone, as the care says', async () => {
    const { outlet, gone } = setup();
    for (const care of ['refused', 'own', 'alone'] as const) await outlet.carefully(care, () => outlet.append('out', null, care));
    expect(gone).toEqual(['append refused', 'send own', 'alone alone']);
  });

  it('takes no try for its own that is one of another worker in this process', async () => {
    const [ours, theirs] = [setup(), setup()];
    await ours.outlet.carefully('own', () =>
      Promise.all([theirs.outlet.carefully('alone', () => ours.outlet.append('out', null, 'a')), ours.outlet.append('out', null, 'b')]),
    );
    expect(ours.gone).toEqual(['append a', 'send b']);
  });

  it('has what was refused go alone, and nothing else, and forgets it when it was accepted', async () => {
    const { outlet, gone } = setup();
    expect(outlet.refused(new DeliveryError([{ message: message('b'), error: refusal() }]))).toBe(true);
    const both = () => {
      outlet.append('out', null, 'a');
      outlet.append('out', null, 'b');
    };
    await outlet.carefully(outlet.care, both);
    await outlet.carefully(outlet.care, both);
    expect(gone).toEqual(['append a', 'alone b', 'append a', 'append b']);
  });

  it('believes a refusal only of a message that went alone', async () => {
    const { outlet, gone } = setup((value) => (value === 'bad' ? refusal() : undefined));
    const first = await outlet.carefully('own', () => outlet.append('out', null, 'bad')).catch((error) => error);
    expect(outlet.refusals.isInDoubt(first)).toBe(true);
    const second = await outlet.carefully('refused', () => outlet.append('out', null, 'bad')).catch((error) => error);
    expect(outlet.refusals.isInDoubt(second)).toBe(false);
    expect(gone).toEqual(['send bad', 'alone bad']);
  });

  it('keeps what was refused in mind where the transaction ended for another reason', async () => {
    const gone = new TransportError('the transaction was aborted', { code: 'TRANSACTION_ABORTED' });
    const { outlet } = setup(() => gone);
    outlet.refused(new DeliveryError([{ message: message('b'), error: refusal() }]));
    await outlet.carefully('refused', () => outlet.append('out', null, 'b')).catch(() => undefined);
    expect(outlet.refusals.has(message('b'))).toBe(true);
  });

  it('looks for nobody when the broker was only away', () => {
    const { outlet } = setup();
    const away = new TransportError('timed out', { code: 'DELIVERY_FAILED', retriable: true });
    expect(outlet.refused(new DeliveryError([{ message: message('b'), error: away }]))).toBe(false);
    expect(outlet.refused(new Error('something else'))).toBe(false);
  });

  it('has everything go alone when knowing what was refused has not helped eight times', () => {
    const { outlet } = setup();
    const refuse = (value: number) => outlet.refused(new DeliveryError([{ message: message(`${value}`), error: refusal() }]));
    for (let count = 0; count < 8; count++) refuse(count);
    expect(outlet.care).toBe('refused');
    refuse(8);
    expect(outlet.care).toBe('alone');
    outlet.delivered();
    expect(outlet.care).toBe('refused');
  });
});
