import type { CommandGroup } from '../../command.js';
import { drop } from './drop.js';
import { edit } from './edit.js';
import { list } from './list.js';
import { replay } from './replay.js';
import { show } from './show.js';

/** `weir dlq`: the dead letters of an app. */
export const dlq: CommandGroup = {
  usage: 'dlq',
  describe: 'The dead letters of the app: list, show, replay, edit and drop them',
  commands: [list, show, replay, edit, drop],
};
