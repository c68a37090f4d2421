import type { HeaderPair, Outgoing, Payload, Sending } from '@weir/core/transport';
import type { DriverHeader } from './driver-types.js';
import { driverBytes, driverHeaders, isNone } from './payload.js';

/** A message as the driver takes it. */
export interface Outbound {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly partition: number | null;
  readonly timestamp: number | null;
  readonly headers: DriverHeader[] | undefined;
  /** Where its sender waits to hear of it; absent for one that was appended. */
  readonly outcome?: Outcome;
}

export interface Outcome {
  readonly sending: Sending;
  resolve(position: { readonly topic: string; readonly partition: number; readonly offset: number }): void;
  reject(error: Error): void;
}

export function outbound(
  topic: string,
  key: Payload,
  value: Payload,
  partition: number | undefined,
  timestamp: number | undefined,
  headers: readonly HeaderPair[] | undefined,
  outcome?: Outcome,
): Outbound {
  return {
    topic,
    key: driverBytes(key),
    value: driverBytes(value),
    partition: partition ?? null,
    timestamp: timestamp ?? null,
    headers: driverHeaders(headers),
    ...(outcome !== undefined && { outcome }),
  };
}

/** The message as the port names it, for the list of failed deliveries. */
export function outgoing({ topic, key, value, partition, timestamp, headers }: Outbound): Outgoing {
  return {
    topic,
    key,
    value,
    ...(partition !== null && { partition }),
    ...(timestamp !== null && { timestamp }),
    ...(headers !== undefined && { headers: headers.flatMap(pairsOf) }),
  };
}

function pairsOf(header: DriverHeader): HeaderPair[] {
  return Object.entries(header).map(([name, value]) => [name, isNone(value) ? null : value]);
}

/** Bytes that count towards the client's limit for one message. */
export function sizeBytes({ key, value }: Outbound): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}
