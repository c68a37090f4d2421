import { type AppDeclaration, agents, apps, hooks, injections } from '../decorators/index.js';
import {
  classProblems,
  type Definition,
  definitionFaults,
  type GroupedDefinition,
  injectionProblems,
  isAnyTable,
  isDefinition,
  isGrouped,
  isWritten,
  type Schema,
  SourceTopics,
  schemasOf,
  withParts,
} from '../definitions/index.js';
import { areOptions, CIRCULAR, type Fault, type OptionNames, unknownOptions } from '../errors/index.js';
import type { Class, MemberSlot } from '../metadata/index.js';
import { ticksMax } from '../positions/index.js';
import { recordFaults } from '../records/index.js';
import {
  type AppOptionName,
  appOptionNames,
  checkOption,
  components,
  groupOf,
  leadTopic,
  type RecoveryOptions,
} from '../topology/index.js';
import { agentFaults, generatorFaults, sinksOf } from './agents/agent-faults.js';
import { errorFaults } from './agents/error-faults.js';
import { retriesIn, retryFaults } from './agents/retries.js';
import { attempt } from './attempt.js';
import { doubles } from './doubles.js';
import { regroupingName } from './grouping.js';
import { Injections } from './injections.js';
import { keyFaults } from './key-faults.js';
import { ownInternalFaults } from './own-internals.js';
import { ownLetterFaults } from './own-letters.js';
import { identifierProblems, providerFaults } from './provider-faults.js';
import { sourcesRead } from './sources-read.js';
import { tableFaults } from './table-faults.js';

/** Everything wrong with an app and its classes. */
export function faultsOf(appClass: Class, app: AppDeclaration, classes: readonly Class[]): Fault[] {
  const named = definitions(app, classes);
  const groups = named.filter(isGrouped);
  const group = groupOf(app);
  const topics = new SourceTopics(group);
  const retries = retriesIn(classes, app.errors, topics).map(({ definition }) => definition);
  const tables = [...named.filter(isWritten), ...retries];
  const lead = leadTopic(classes.flatMap(sourcesRead).flatMap((source) => topics.of(source)));
  return [
    ...appFaults(appClass, app),
    ...classes.flatMap((each) => [
      ...agentFaults(each, classes),
      ...componentFaults(each, lead),
      ...injectFaults(each),
      ...memberFaults(each),
      ...generatorFaults(each),
    ]),
    ...leaderFaults(appClass, classes),
    ...doubleNames(classes, groups),
    ...doubles(groups, 'groupBy', 'all would write one topic'),
    ...ownLetterFaults(app, classes),
    ...ownInternalFaults(app, classes, tables, groups),
    ...retryFaults(classes, app.errors, topics),
    ...[...named, ...retries].flatMap((each) => definitionFaults(each, group)),
    ...faultsOfRecords(named, app.codec),
    ...tableFaults(app, classes, [...named.filter(isAnyTable), ...retries]),
    ...keyFaults(app, classes),
  ];
}

/** Those of the classes that keys and values are of, each class looked at once. */
function faultsOfRecords(named: readonly Definition[], codec: Schema | undefined): Fault[] {
  const schemas = [...named.flatMap(schemasOf), codec];
  const seen = new Set<Class>();
  return schemas.flatMap((schema) =>
    typeof schema === 'function' && classProblems(schema).length === 0 ? recordFaults(schema, seen) : [],
  );
}

const declarationOptions: OptionNames<AppDeclaration> = {
  ...(Object.fromEntries(appOptionNames.map((name) => [name, true])) as OptionNames<Pick<AppDeclaration, AppOptionName>>),
  part: true,
  errors: true,
  kafka: true,
  providers: true,
  modules: true,
  logger: true,
};

const recoveryOptions: OptionNames<RecoveryOptions> = { bytesPerSecond: true };

function appFaults(appClass: Class, app: AppDeclaration): Fault[] {
  const { name: where } = appClass;
  const faults: Fault[] = [];
  const fault = (member: string, problem: string, remedy: string) => faults.push({ where, member: `@App.${member}`, problem, remedy });
  for (const { problem, remedy } of unknownOptions(app, declarationOptions)) faults.push({ where, member: '@App', problem, remedy });
  if (apps.readOwn(appClass).length > 1)
    faults.push({ where, member: '@App', problem: 'it stands on the class twice, and one of the two counts', remedy: 'Leave one of them' });
  if (!areOptions(app)) return faults;
  for (const { problem, remedy } of unknownOptions(app.recovery, recoveryOptions, 'recovery.')) fault('recovery', problem, remedy);
  for (const option of appOptionNames)
    if (option === 'id' || app[option] !== undefined)
      attempt(
        () => checkOption(option, app[option]),
        (problem) => fault(option, problem, 'Correct the option'),
      );
  for (const { problem, remedy } of errorFaults(app.errors)) fault('errors', problem, remedy);
  if (typeof app.codec === 'function') for (const { problem, remedy } of classProblems(app.codec)) fault('codec', `it ${problem}`, remedy);
  if (app.logger !== undefined && !isLogger(app.logger)) fault('logger', 'it is no logger of pino', 'Give it what pino() returns');
  providerFaults(app, fault);
  return faults;
}

function isLogger(given: unknown): boolean {
  const logger = given as Readonly<Record<string, unknown>> | null;
  return ['child', 'error', 'warn', 'info', 'debug'].every((method) => typeof logger?.[method] === 'function');
}

/** @param lead the topic that makes a leader */
function componentFaults(declaring: Class, lead: string | undefined): Fault[] {
  return components.read(declaring).flatMap(({ member, value: { component, declared } }) => {
    const faults = [...(component.faults?.(declared, member) ?? [])];
    if (lead === undefined && component.needsLeader?.(declared) === true)
      faults.push({
        problem: 'it runs on the leader, and no agent of the app reads a topic of a name: nobody is',
        remedy: 'Leave onLeader out, or have an agent read a topic',
      });
    return faults.map((fault) => ({ where: declaring.name, member, ...fault }));
  });
}

/** What is noted of the leader's methods stands beside one offset, under their names. */
function leaderFaults(appClass: Class, classes: readonly Class[]): Fault[] {
  const led = classes.flatMap((declaring) =>
    components
      .read(declaring)
      .filter(({ value }) => value.component.needsLeader?.(value.declared))
      .map(({ member }) => ({ where: declaring.name, member })),
  );
  const names = led.map(({ where, member }) => `${where}.${member}`);
  const faults: Fault[] = led
    .filter((_, index) => names.indexOf(names[index]) < index)
    .map((each) => ({
      ...each,
      problem: 'another class of this name has it on the leader, too, and ticks are noted by name',
      remedy: 'Give one of the two another name',
    }));
  // One place is for all that have no times of their own.
  const most = ticksMax - 1;
  if (led.length <= most) return faults;
  const problem = `${led.length} methods run on the leader, and there is room to note the ticks of ${most}`;
  return [...faults, { where: appClass.name, problem, remedy: 'Have one method do what several do at the same times' }];
}

function injectFaults(declaring: Class): Fault[] {
  return injections.read(declaring).flatMap(({ member, value: { what } }) => {
    const at = { where: declaring.name, member };
    if (what === undefined) return [{ ...at, problem: 'what it injects is undefined', remedy: CIRCULAR }];
    return (isDefinition(what) ? injectionProblems(what) : identifierProblems(what)).map((problem) => ({ ...at, ...problem }));
  });
}

/** A slot of methods, and how the decorator is called that wrote an entry of it. */
interface MethodSlot {
  readonly slot: MemberSlot<unknown>;
  decoratorOf(value: unknown): string;
}

function methodSlot<T>(slot: MemberSlot<T>, decoratorOf: (value: T) => string): MethodSlot {
  return { slot, decoratorOf: decoratorOf as MethodSlot['decoratorOf'] };
}

const methodSlots: readonly MethodSlot[] = [
  methodSlot(agents, () => '@Agent or @Handler'),
  methodSlot(components, ({ component }) => component.decorator),
  methodSlot(hooks.start, () => '@OnStart'),
  methodSlot(hooks.stop, () => '@OnStop'),
  methodSlot(hooks.assigned, () => '@OnAssigned'),
  methodSlot(hooks.revoked, () => '@OnRevoked'),
  methodSlot(hooks.recovered, () => '@OnRecovered'),
];

/** Decorators where they cannot work: on static methods, on what is no method, two kinds of work on one method. */
function memberFaults(declaring: Class): Fault[] {
  const faults: Fault[] = [];
  const where = declaring.name;
  for (const { slot, decoratorOf } of methodSlots) {
    for (const { member, value } of slot.readStatic(declaring)) {
      const problem = `${decoratorOf(value)} stands on a static method`;
      faults.push({ where, member, problem, remedy: 'Make it a method of the instance' });
    }
    for (const { member, value } of slot.read(declaring)) {
      if (typeof (declaring.prototype as Record<string, unknown>)[member] === 'function') continue;
      const problem = `${decoratorOf(value)} stands on something that is not a method`;
      faults.push({ where, member, problem, remedy: 'Make it a method' });
    }
  }
  const working = [...agents.read(declaring), ...components.read(declaring)].map(({ member }) => member);
  for (const member of new Set(working.filter((each, index) => working.indexOf(each) !== index))) {
    faults.push({
      where,
      member,
      problem: 'it is declared as work more than once',
      remedy: 'Give each agent, timer and the like a method of its own',
    });
  }
  return faults;
}

/** Agents that would be called the same in logs, metrics and dead letters. */
function doubleNames(classes: readonly Class[], groups: readonly GroupedDefinition[]): Fault[] {
  const names = new Map(groups.map((each) => [regroupingName(each), `groupBy '${each.name}'`]));
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

/** Every definition that the classes name, and what those are made from or name. */
function definitions(app: AppDeclaration, classes: readonly Class[]): Definition[] {
  const ofAgents = classes.flatMap((each) => agents.read(each).flatMap(({ value }) => [value.source, ...sinksOf(value)] as unknown[]));
  return withParts([...ofAgents, ...new Injections(app).all(classes)]);
}
