import type { PartitionLog } from '../logs/partition-log.js';

/** A member, the partitions of its topics, and what it was to have until now. */
export interface Claim<Member> {
  readonly member: Member;
  /** By topic, then by partition. */
  readonly wanted: ReadonlySet<PartitionLog>;
  readonly held: ReadonlySet<PartitionLog>;
}

export type Shares<Member> = Map<Member, Set<PartitionLog>>;

/** Evenly, at most one partition more for one than for another of the same topics, and as few moves as that allows. */
export function assignSticky<Member>(claims: readonly Claim<Member>[]): Shares<Member> {
  const shares = empty(claims);
  const free = wantedBy(claims);
  for (const { member, wanted, held } of claims) {
    for (const log of wanted) if (held.has(log) && free.delete(log)) shares.get(member)!.add(log);
  }
  for (const log of free) shares.get(poorest(claims, shares, log)!)!.add(log);
  while (moveOne(claims, shares));
  return shares;
}

function empty<Member>(claims: readonly Claim<Member>[]): Shares<Member> {
  return new Map(claims.map(({ member }) => [member, new Set()]));
}

function wantedBy<Member>(claims: readonly Claim<Member>[]): Set<PartitionLog> {
  return new Set(claims.flatMap(({ wanted }) => [...wanted]));
}

/** Who of the members that want a partition has the fewest; the first of them. */
function poorest<Member>(claims: readonly Claim<Member>[], shares: Shares<Member>, log: PartitionLog): Member | undefined {
  let found: Member | undefined;
  for (const { member, wanted } of claims) {
    if (wanted.has(log) && (found === undefined || shares.get(member)!.size < shares.get(found)!.size)) found = member;
  }
  return found;
}

/** Moves one partition from the richest member that has one to give, its last first. Whether there was one. */
function moveOne<Member>(claims: readonly Claim<Member>[], shares: Shares<Member>): boolean {
  for (const [, share] of [...shares].sort(([, a], [, b]) => b.size - a.size)) {
    for (const log of [...share].reverse()) {
      const taker = shares.get(poorest(claims, shares, log)!)!;
      if (taker.size + 1 >= share.size) continue;
      share.delete(log);
      taker.add(log);
      return true;
    }
  }
  return false;
}
