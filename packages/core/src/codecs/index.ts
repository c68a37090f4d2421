export { type BytesCodec, type Codec, isCodec, type TextCodec } from './codec.js';
export { assertExact, exactInteger, json, parse, parseExactly, stringify } from './json.js';
export { longIntegers, mayHaveLongInteger } from './long-integers.js';
export { Losslessness } from './lossless.js';
export { type CodecTypes, codecNamed, codecNames } from './named.js';
export { disregard } from './promises.js';
export { show } from './show.js';
export { assertUtf8, assertWellFormed, decodeBytes, encodeBytes, mayBeMalformed, textOf } from './utf8.js';
