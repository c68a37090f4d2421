import { crc32c } from '@node-rs/crc32';

const maskDelta = 0xa2_82_ea_d8;

/** The checksum of bytes as LevelDB writes it: CRC-32C, rotated and shifted, so that checksums of checksums are none. */
export function checksumOf(bytes: Buffer): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;
}
