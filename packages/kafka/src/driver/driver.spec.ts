import { describe, expect, it } from '@jest/globals';
import { missing } from './driver.js';

const failed = (message: string, code?: string) => Object.assign(new Error(message), code === undefined ? {} : { code });

describe('a Kafka driver that cannot be loaded', () => {
  // `npm rebuild` of the driver was named also where npm had left it out, and there is nothing to rebuild.
  it('is told with what brings it back: an installation where it is not there, a build where it does not fit', () => {
    const leftOut = missing(failed("Cannot find package '@confluentinc/kafka-javascript'", 'ERR_MODULE_NOT_FOUND'));
    expect(leftOut.message).toContain('delete node_modules, and run: npm install');
    const unbuilt = missing(failed('invalid ELF header\n → /app'));
    expect(unbuilt.message).toContain('invalid ELF header. It was not built');
    expect(unbuilt.message).toContain('run: npm rebuild @weir/kafka');
    expect(unbuilt).toMatchObject({ code: 'DRIVER_MISSING', fatal: true });
  });
});
