/** A remedy behind what somebody else has said, which may end with a full stop of its own. */
export function withRemedy(said: string, remedy: string | undefined): string {
  const text = said.trimEnd();
  if (remedy === undefined || remedy === '') return text;
  return /[.!?…]$/.test(text) ? `${text} ${remedy}` : `${text}. ${remedy}`;
}
