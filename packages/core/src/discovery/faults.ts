import { type ErrorsOption, errorPolicy, isAgentReference } from '../agents/index.js';
import { type AgentDeclaration, type AppDeclaration, agents, injections, startHooks, stopHooks, timers } from '../decorators/index.js';
import { type Fault, reason } from '../errors/index.js';
import type { Class, MemberSlot } from '../metadata/index.js';
import { timerProblem } from '../tasks/index.js';
import { durationMs } from '../time/index.js';
import { codecOf, isSchema, isTopic, type TopicDefinition, topicFaults } from '../topics/index.js';
import { isAppId } from '../topology/index.js';
import { settingsOf } from '../worker/index.js';
import { ownLetterFaults } from './own-letters.js';

/** Everything wrong with an app and its classes. */
export function faultsOf(appClass: Class, app: AppDeclaration, classes: readonly Class[]): Fault[] {
  return [
    ...appFaults(appClass, app),
    ...classes.flatMap((each) => [...agentFaults(each), ...timerFaults(each), ...injectFaults(each), ...memberFaults(each)]),
    ...doubleNames(classes),
    ...ownLetterFaults(app, classes),
    ...[...definitions(classes)].flatMap(topicFaults),
  ];
}

function appFaults({ name: where }: Class, app: AppDeclaration): Fault[] {
  const faults: Fault[] = [];
  const fault = (member: string, problem: string, remedy: string) => faults.push({ where, member: `@App.${member}`, problem, remedy });
  if (!isAppId(app.id)) {
    fault('id', `'${String(app.id)}' cannot name a consumer group and topics`, 'Use 1 to 200 of the characters a-z A-Z 0-9 . _ -');
  }
  attempt(
    () => settingsOf(app),
    (problem) => fault('options', problem, 'Correct the option'),
  );
  attempt(
    () => errorPolicy(app.errors, undefined),
    (problem) => fault('errors', problem, 'Correct the option'),
  );
  if (app.codec !== undefined)
    attempt(
      () => (isSchema(app.codec) ? codecOf(app.codec) : undefined),
      (problem) => fault('codec', problem, 'Correct the codec'),
    );
  if (app.topics !== undefined && !['create', 'verify', 'off'].includes(app.topics))
    fault('topics', `it is '${app.topics}'`, "Use 'create', 'verify' or 'off'");
  if (app.version !== undefined && (!Number.isInteger(app.version) || app.version < 1))
    fault('version', `it is ${app.version}`, 'Use a whole number from 1');
  for (const [index, provider] of (app.providers ?? []).entries()) {
    if (provider === undefined) fault(`providers[${index}]`, 'it is undefined', 'Look for a circular import, or a misspelt name');
  }
  return faults;
}

function agentFaults(declaring: Class): Fault[] {
  return agents.read(declaring).flatMap(({ member, value }) => {
    const faults: Fault[] = [];
    const fault = (problem: string, remedy: string) => faults.push({ where: declaring.name, member, problem, remedy });
    if (!isTopic(value.topic)) fault(`its topic is ${String(value.topic)}`, 'Give it what topic() returns; look for a circular import');
    attempt(
      () => errorPolicy(undefined, value.errors as ErrorsOption),
      (problem) => fault(problem, 'Correct the errors option'),
    );
    for (const sink of value.sinks ?? []) {
      if (typeof sink !== 'function' && !isTopic(sink) && !isAgentReference(sink))
        fault(`a sink is ${String(sink)}`, 'Give it a topic, an agent reference or a function');
    }
    optionFaults(value, fault);
    return faults;
  });
}

function optionFaults(
  { kind, concurrency, batch, handlerTimeout }: AgentDeclaration,
  fault: (problem: string, remedy: string) => void,
): void {
  if (kind === 'stream' && (concurrency !== undefined || batch !== undefined || handlerTimeout !== undefined)) {
    fault(
      'an @Agent loops over one partition in order and takes no concurrency, batch or handlerTimeout',
      'Use @Handler for these, or stream.take() for arrays',
    );
    return;
  }
  if (concurrency !== undefined) {
    const { by, max, maxAhead } = concurrency;
    if (by !== undefined && !['partition', 'key', 'none'].includes(by))
      fault(`concurrency.by is '${by}'`, "Use 'partition', 'key' or 'none'");
    for (const [option, count] of Object.entries({ max, maxAhead })) {
      if (count !== undefined && (!Number.isInteger(count) || count < 1))
        fault(`concurrency.${option} is ${count}`, 'Use a whole number of events from 1');
    }
    if (by === 'partition' && max !== undefined && max > 1)
      fault(`concurrency.max is ${max} with by: 'partition'`, "Use by: 'key' or by: 'none' for more than one at a time");
    if (batch !== undefined) fault('it has both concurrency and batch', 'Choose one: arrays are handled one at a time');
  }
  if (batch !== undefined && (!Number.isInteger(batch.max) || batch.max < 1))
    fault(`batch.max is ${batch.max}`, 'Use a whole number of events from 1');
  for (const [option, duration] of Object.entries({ handlerTimeout, 'batch.within': batch?.within })) {
    if (duration !== undefined)
      attempt(
        () => durationMs(duration, option),
        (problem) => fault(problem, 'Correct the duration'),
      );
  }
}

function timerFaults(declaring: Class): Fault[] {
  return timers.read(declaring).flatMap(({ member, value }) => {
    const problem = timerProblem({ name: member, ...value, run: () => undefined });
    return problem === undefined ? [] : [{ where: declaring.name, member, problem, remedy: 'Correct the interval' }];
  });
}

function injectFaults(declaring: Class): Fault[] {
  const missing = injections.read(declaring).filter(({ value }) => value.what === undefined);
  return missing.map(({ member }) => ({
    where: declaring.name,
    member,
    problem: 'what it injects is undefined',
    remedy: 'Look for a circular import, or a misspelt name',
  }));
}

const methodSlots: readonly (readonly [string, MemberSlot<unknown>])[] = [
  ['@Agent or @Handler', agents],
  ['@Timer', timers],
  ['@OnStart', startHooks],
  ['@OnStop', stopHooks],
];

/** Decorators where they cannot work: on static methods, on what is no method, two kinds of work on one method. */
function memberFaults(declaring: Class): Fault[] {
  const faults: Fault[] = [];
  const where = declaring.name;
  for (const [decorator, slot] of methodSlots) {
    for (const { member } of slot.readStatic(declaring)) {
      faults.push({ where, member, problem: `${decorator} stands on a static method`, remedy: 'Make it a method of the instance' });
    }
    for (const { member } of slot.read(declaring)) {
      if (typeof (declaring.prototype as Record<string, unknown>)[member] !== 'function') {
        faults.push({ where, member, problem: `${decorator} stands on something that is not a method`, remedy: 'Make it a method' });
      }
    }
  }
  const working = [...agents.read(declaring), ...timers.read(declaring)].map(({ member }) => member);
  for (const member of new Set(working.filter((each, index) => working.indexOf(each) !== index))) {
    faults.push({
      where,
      member,
      problem: 'it is declared as work more than once',
      remedy: 'Give each agent and timer a method of its own',
    });
  }
  return faults;
}

/** Agents that would be called the same in logs, metrics and dead letters. */
function doubleNames(classes: readonly Class[]): Fault[] {
  const names = new Map<string, string>();
  return classes.flatMap((declaring) =>
    agents.read(declaring).flatMap(({ member, value }) => {
      const name = value.name ?? `${declaring.name}.${member}`;
      const other = names.get(name);
      names.set(name, `${declaring.name}.${member}`);
      return other === undefined
        ? []
        : [
            {
              where: declaring.name,
              member,
              problem: `its name '${name}' is also that of ${other}`,
              remedy: 'Give one of them another name',
            },
          ];
    }),
  );
}

/** Every topic definition that the classes name. */
function definitions(classes: readonly Class[]): Set<TopicDefinition> {
  const found = classes.flatMap((declaring) => [
    ...agents.read(declaring).flatMap(({ value }) => [value.topic, ...(value.sinks ?? [])] as unknown[]),
    ...injections.read(declaring).map(({ value }) => value.what),
  ]);
  return new Set(found.filter(isTopic));
}

function attempt(action: () => unknown, failed: (problem: string) => void): void {
  try {
    action();
  } catch (thrown) {
    failed(reason(thrown));
  }
}
