import { type OptionNames, TaskError, unknownOptions } from '../errors/index.js';
import type { Component } from '../topology/index.js';
import { leaderProblems } from './leader-problems.js';
import { RunningTask, type TaskDeclaration } from './task.js';

const options: OptionNames<TaskDeclaration> = { onLeader: true };

/** Methods that run in the background as long as their worker does. */
export const tasks: Component<TaskDeclaration> = {
  kind: 'task',
  decorator: '@Task',

  faults: (declared) => [...unknownOptions(declared, options), ...leaderProblems(declared)],

  needsLeader: ({ onLeader }) => onLeader === true,

  describe: ({ onLeader }) => (onLeader === true ? 'on the leader' : 'in the background'),

  open(members, around) {
    const all = members.map(
      ({ name, declared, run }) =>
        new RunningTask({ name, ...declared, run }, around, (cause) => around.fail(new TaskError(name, { cause }))),
    );
    return {
      start: () => {
        for (const task of all) task.start();
      },
      stop: async () => {
        await Promise.all(all.map((task) => task.stop()));
      },
      // While the worker runs nobody waits for them.
      running: () => all.flatMap(({ name, left }) => Array.from({ length: left }, () => `task ${name}`)),
    };
  },
};
