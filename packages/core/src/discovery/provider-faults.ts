import { show } from '../codecs/index.js';
import type { AppDeclaration } from '../decorators/index.js';
import { injectionProblems, isClass, isDefinition } from '../definitions/index.js';
import { CIRCULAR, type OptionNames, unknownOptions } from '../errors/index.js';
import { providersOf } from './providers.js';

const FORMS = 'Give it a class, or { provide, useValue }, { provide, useClass } or { provide, useFactory, inject }';
const ways = ['useValue', 'useClass', 'useFactory'] as const;
const names: OptionNames<Record<'provide' | 'inject' | (typeof ways)[number], unknown>> = {
  provide: true,
  useValue: true,
  useClass: true,
  useFactory: true,
  inject: true,
};

/** Takes a fault: of what, what is wrong, and the remedy. */
type Take = (member: string, problem: string, remedy: string) => void;

/** Everything wrong with what an app gives its container. */
export function providerFaults(app: AppDeclaration, fault: Take): void {
  for (const list of ['providers', 'modules'] as const)
    if (app[list] !== undefined && !Array.isArray(app[list])) fault(list, 'it is not an array', 'Put what there is in [ ]');
  for (const [index, provider] of providersOf(app).entries()) faultsOfOne(provider, `providers[${index}]`, fault);
  const modules: readonly unknown[] = Array.isArray(app.modules) ? app.modules : [];
  for (const [index, module] of modules.entries())
    if (typeof (module as { readonly load?: unknown } | null | undefined)?.load !== 'function')
      fault(`modules[${index}]`, `it is ${shown(module)}`, module === undefined ? CIRCULAR : "Give it a ContainerModule of inversify's");
}

function faultsOfOne(provider: unknown, where: string, fault: Take): void {
  if (provider === undefined) fault(where, 'it is undefined', CIRCULAR);
  else if (typeof provider === 'object' && provider !== null) faultsOfParts(provider, where, fault);
  else if (!isClass(provider))
    fault(where, `it is ${typeof provider === 'function' ? 'a function that is no class' : show(provider)}`, FORMS);
}

function faultsOfParts(provider: object, where: string, fault: Take): void {
  const unknown = unknownOptions(provider, names);
  for (const { problem, remedy } of unknown) fault(where, problem, remedy);
  const { provide, useClass, useFactory } = provider as Partial<Record<keyof typeof names, unknown>>;
  const given = ways.filter((way) => way in provider);
  if (provide === undefined || provide === null) fault(`${where}.provide`, `it is ${String(provide)}`, CIRCULAR);
  if (given.length === 0 && unknown.length === 0) fault(where, 'it does not say what is given', FORMS);
  if (given.length > 1) fault(where, `it has ${given.join(' and ')}`, 'Choose one');
  if ('useClass' in provider && !isClass(useClass))
    fault(`${where}.useClass`, `it is ${shown(useClass)}`, useClass === undefined ? CIRCULAR : 'Give it a class');
  if ('useFactory' in provider && typeof useFactory !== 'function')
    fault(`${where}.useFactory`, `it is ${shown(useFactory)}`, 'Give it a function that makes what is given');
  injectFaults(provider, `${where}.inject`, fault);
}

function injectFaults(provider: object, where: string, fault: Take): void {
  const { inject } = provider as { readonly inject?: unknown };
  if (inject === undefined) return;
  if (!('useFactory' in provider)) fault(where, 'nobody reads it', 'It is what a useFactory is given');
  else if (!Array.isArray(inject)) fault(where, 'it is not an array', 'Put what there is in [ ]');
  else
    for (const [at, what] of inject.entries())
      for (const { problem, remedy } of injectedProblems(what)) fault(`${where}[${at}]`, problem, remedy);
}

function injectedProblems(what: unknown): readonly { readonly problem: string; readonly remedy: string }[] {
  if (what === undefined) return [{ problem: 'it is undefined', remedy: CIRCULAR }];
  return isDefinition(what) ? injectionProblems(what) : identifierProblems(what);
}

/** What is wrong with what stands for something in the container. */
export function identifierProblems(what: unknown): readonly { readonly problem: string; readonly remedy: string }[] {
  const isIdentifier = typeof what === 'function' || typeof what === 'string' || typeof what === 'symbol' || isLazy(what);
  return isIdentifier
    ? []
    : [
        {
          problem: `it injects ${shown(what)}`,
          remedy: 'Give it a definition, a class, or the text or symbol that something is provided under',
        },
      ];
}

/** inversify's `LazyServiceIdentifier`. */
function isLazy(what: unknown): boolean {
  return typeof (what as { readonly unwrap?: unknown } | null | undefined)?.unwrap === 'function';
}

function shown(given: unknown): string {
  return given === undefined ? 'undefined' : show(given);
}
