/** What the set-up is about to do; on stderr, so that the output of what follows stays clean. */
export function say(message) {
  console.error(`setup: ${message}`);
}
