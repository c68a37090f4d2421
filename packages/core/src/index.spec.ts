import { describe, expect, it } from '@jest/globals';
import * as weir from './index.js';

describe('@weir/core', () => {
  it('exports the values of the API sheet, and nothing by accident', () => {
    expect(Object.keys(weir).sort((a, b) => a.localeCompare(b, 'en'))).toEqual(
      [
        [
          'agent',
          'Agent',
          'AgentError',
          'App',
          'causeOf',
          'CLOCK',
          'CodecError',
          'ConfigurationError',
          'Cron',
          'declareMember',
          'DecodeError',
          'dedupe',
          'DefinitionError',
        ],
        [
          'detached',
          'discover',
          'EventTime',
          'EventTimeError',
          'globalTable',
          'groupLetters',
          'Handler',
          'HookError',
          'Inject',
          'join',
          'joinTables',
          'json',
          'leftJoin',
          'leftJoinTables',
          'LetterError',
          'LifecycleError',
          'LOGGER',
          'main',
          'merge',
          'message',
          'OnAssigned',
          'OnRecovered',
          'OnRevoked',
          'OnStart',
          'OnStop',
          'openLetters',
          'outerJoin',
          'outerJoinTables',
          'Record',
          'schedule',
          'setTable',
          'StateError',
          'table',
          'Timer',
          'topic',
        ],
        ['TransportError', 'WeirError', 'Worker'],
      ].flat(),
    );
  });
});
