import type { TopicPartition } from '../positions/index.js';
import type { ErrorCode } from './codes.js';
import { WeirError } from './weir-error.js';

/** What a caller can do about a transport error. */
export interface TransportErrorOptions {
  readonly code: ErrorCode;
  readonly cause?: unknown;
  /** Waiting and trying again may help. */
  readonly retriable?: boolean;
  /** The client is lost: only a restart of the worker helps. */
  readonly fatal?: boolean;
  /** The partition that it is about, where it is about one. */
  readonly partition?: TopicPartition;
}

/** The broker, or the way to it, failed. `retriable`: wait and try again; `fatal`: restart the worker. */
export class TransportError extends WeirError {
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly fatal: boolean;
  declare readonly partition?: TopicPartition;

  constructor(message: string, { code, cause, retriable = false, fatal = false, partition }: TransportErrorOptions) {
    super(message, { cause });
    this.code = code;
    this.retriable = retriable;
    this.fatal = fatal;
    if (partition !== undefined) this.partition = partition;
  }

  /** Whether the client can go on no more: it is lost, or another has taken its transactional id. */
  get isFinal(): boolean {
    return this.fatal || this.code === 'PRODUCER_FENCED';
  }
}
