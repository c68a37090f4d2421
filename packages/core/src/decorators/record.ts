import type { Class } from '../metadata/index.js';
import { defineToString, type RecordOptions, recordOptions } from '../records/index.js';
import { classUnder, withParentheses } from './placement.js';

/** Declares a class as a record: what a topic carries. Its fields are those that carry class-validator's decorators. */
export function Record(options: RecordOptions = {}): (declaring: Class) => void {
  withParentheses('@Record', typeof options === 'function', [options]);
  return (...placed) => {
    const declaring = classUnder('@Record', placed);
    recordOptions.write(declaring, options);
    defineToString(declaring);
  };
}
