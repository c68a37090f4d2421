import { type HeaderPair, type Outgoing, type Payload, payloadBytes, type Sending } from '@weir/core/internal/transport';
import type { DriverHeader } from '../driver/driver-types.js';
import { driverHeaders, isNone } from './payload.js';

/** A message on its way out: its text becomes bytes where the client takes it. */
export interface Outbound {
  readonly topic: string;
  readonly key: Payload;
  readonly value: Payload;
  readonly partition: number | null;
  readonly timestamp: number | null;
  readonly headers: DriverHeader[] | undefined;
  /** What its sender knows it by; 0 for nothing. */
  readonly origin: number;
  /** Where its sender waits to hear of it; absent for one that was appended. */
  readonly outcome?: Outcome;
}

export interface Outcome {
  readonly sending: Sending;
  resolve(position: { readonly topic: string; readonly partition: number; readonly offset: number }): void;
  reject(error: Error): void;
}

export function outbound({ topic, key, value, partition, timestamp, headers, origin = 0 }: Outgoing, outcome?: Outcome): Outbound {
  return {
    topic,
    key,
    value,
    partition: partition ?? null,
    timestamp: timestamp ?? null,
    headers: driverHeaders(headers),
    origin,
    ...(outcome !== undefined && { outcome }),
  };
}

/** The message as the port names it, for the list of failed deliveries. */
export function outgoing({ topic, key, value, partition, timestamp, headers, origin }: Outbound): Outgoing {
  return {
    topic,
    key,
    value,
    origin,
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
  return payloadBytes(key) + payloadBytes(value);
}
