/** What the set-up is about to do; on stderr, so that the output of what follows stays clean. */
export function say(message) {
  console.error(`setup: ${message}`);
}

const pulseMs = 15_000;

/** Says what is being done, and again and again that it still is: some of it takes minutes. */
export async function sayWhile(what, remark, act) {
  say(remark === '' ? what : `${what} (${remark})`);
  const begun = Date.now();
  const pulse = setInterval(() => say(`still ${what}, for ${Math.round((Date.now() - begun) / 1_000)} s`), pulseMs);
  try {
    return await act();
  } finally {
    clearInterval(pulse);
  }
}
