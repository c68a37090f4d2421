import type { ChaosOptions, Form } from './options.js';

/** Of each topic. */
export const PARTITIONS = 4;
export const KEYS = 40;
/** What a worker may take to stop, and the broker to miss one. */
export const drainTimeoutMs = 8_000;
export const shutdownTimeoutMs = 20_000;

/** What goes in: each event with a number that counts up within its form, so that every key's numbers ascend. */
export interface Order {
  readonly id: number;
  /** When it was handed to the producer, in milliseconds since 1970. */
  readonly at: number;
}

/** What comes out. */
export interface Invoice extends Order {
  readonly form: Form;
  /** Where its order lay. */
  readonly partition: number;
  /** Sent by a try that failed: with exactly once nobody may ever see it. */
  readonly half?: boolean;
}

/** Names that no other run has used. */
export interface Scene {
  readonly app: string;
  /** Topics; two forms may share one. */
  readonly orders: Readonly<Record<Form, string>>;
  readonly invoices: string;
  readonly deadLetters: string;
  readonly forms: readonly Form[];
}

export function sceneOf({ forms, seed }: Pick<ChaosOptions, 'forms' | 'seed'>): Scene {
  const app = `chaos-${seed}-${process.pid}-${Date.now().toString(36)}`;
  const orders = Object.fromEntries(forms.map((form) => [form, `${app}-orders-${form === 'beside' ? 'keyed' : form}`])) as Record<
    Form,
    string
  >;
  return { app, orders, invoices: `${app}-invoices`, deadLetters: `${app}-dead-letters`, forms };
}

/** Fails however often it is tried. */
export const alwaysFails = (id: number): boolean => id % 1_009 === 7;
/** Fails twice in each worker that tries it, the second time after it has sent something. */
export const failsTwice = (id: number): boolean => id % 499 === 13;
