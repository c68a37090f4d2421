import type { ChaosOptions, Form } from './options.js';

/** Of each topic. */
export const PARTITIONS = 4;
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
  /** What a table had that it must not have had, or had not. */
  readonly wrong?: string;
}

/** Names that no other run has used. */
export interface Scene {
  readonly app: string;
  /** Topics; two forms may share one. */
  readonly orders: Readonly<Record<Form, string>>;
  readonly invoices: string;
  readonly deadLetters: string;
  /** Written before the first worker starts: a value for each key. */
  readonly rates: string;
  readonly forms: readonly Form[];
  /** How many keys the orders of a topic have. */
  readonly keys: number;
}

/** The changelogs of the tables that `counted` writes. */
export function changelogsOf({ app, forms }: Pick<Scene, 'app' | 'forms'>): { readonly counts: string; readonly ids: string } | undefined {
  return forms.includes('counted') ? { counts: `${app}-counts-changelog`, ids: `${app}-ids-changelog` } : undefined;
}

export function sceneOf({ forms, keys, seed }: Pick<ChaosOptions, 'forms' | 'keys' | 'seed'>): Scene {
  const app = `chaos-${seed}-${process.pid}-${Date.now().toString(36)}`;
  const orders = Object.fromEntries(forms.map((form) => [form, `${app}-orders-${form === 'beside' ? 'keyed' : form}`])) as Record<
    Form,
    string
  >;
  return { app, orders, invoices: `${app}-invoices`, deadLetters: `${app}-dead-letters`, rates: `${app}-rates`, forms, keys };
}

/** Fails however often it is tried. */
export const alwaysFails = (id: number): boolean => id % 1_009 === 7;
/** Fails twice in each worker that tries it, the second time after it has sent something. */
export const failsTwice = (id: number): boolean => id % 499 === 13;
