import { describe, expect, it } from '@jest/globals';
import { editText } from './editor.js';

describe('the editor', () => {
  it('is the command of VISUAL, or else of EDITOR, with its options', async () => {
    const sed = `sed -i -e 's/first/second/'`;
    expect(String(await editText('the first\n', '0-17.json', { EDITOR: sed }))).toBe('the second\n');
    expect(String(await editText('the first\n', '0-17.json', { VISUAL: sed, EDITOR: 'false' }))).toBe('the second\n');
  });

  it('that fails leaves the text as it was, and says how to do without', async () => {
    await expect(editText('text', 'a b.json', { EDITOR: 'false' })).rejects.toThrow(/EDITOR: .*ended with 1.*--value.*got 'false'/);
  });
});
