/** The key of an event: which of so many it is. */
export function keyOf(id: number, keys: number): string {
  return `/page/${String((id * 7_919) % keys).padStart(7, '0')}`;
}

/** How often each key comes among so many events. `keys` divides them. */
export function timesOf(messages: number, keys: number): number {
  return messages / keys;
}

/** Where everybody keeps the table `counts`. */
export function changelogOf(group: string): string {
  return `${group}-counts-changelog`;
}
