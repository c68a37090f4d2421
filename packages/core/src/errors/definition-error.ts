import { withRemedy } from './sentences.js';
import { WeirError } from './weir-error.js';

/** The remedy for what is undefined where something was named. */
export const CIRCULAR = 'Look for a circular import, or a misspelt name';

/** One thing wrong with a declaration: where it stands and what to do about it. */
export interface Fault {
  /** The declaring class, or the name of the definition. */
  readonly where: string;
  /** The method, property or parameter, when the fault has one. */
  readonly member?: string;
  readonly problem: string;
  readonly remedy: string;
  /** What the application threw, where that is the fault. */
  readonly cause?: unknown;
}

/** Declarations are wrong. Thrown once, before the first connection, with every fault found. Fix the code. */
export class DefinitionError extends WeirError {
  readonly code = 'DEFINITION_INVALID';

  constructor(readonly faults: readonly Fault[]) {
    super(
      `${faults.length === 1 ? 'one fault' : `${faults.length} faults`} in the declarations\n${faults.map(line).join('\n')}`,
      causeOf(faults),
    );
  }
}

function causeOf(faults: readonly Fault[]): ErrorOptions | undefined {
  const causes = faults.filter((fault) => 'cause' in fault).map(({ cause }) => cause);
  return causes.length === 0 ? undefined : { cause: causes.length === 1 ? causes[0] : new AggregateError(causes, 'several faults') };
}

function line({ where, member, problem, remedy }: Fault): string {
  return `  - ${member === undefined ? where : `${where}.${member}`}: ${withRemedy(problem, remedy)}`;
}
