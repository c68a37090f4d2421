import { topic } from '@weir/core';

export const greetings = topic('greetings', { value: 'raw' });
