/** Bytes of a database that are not as LevelDB wrote them. */
export class Damage extends Error {
  override readonly name = 'Damage';
}
