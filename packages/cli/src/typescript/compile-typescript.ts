import { parseTsconfig } from 'get-tsconfig';
import { type TransformOptions, transformSync } from 'oxc-transform';

/** Where the compiled code imports its helpers from: `decorate` and its like, which tsc writes into each file. */
export const helpersPackage = '@oxc-project/runtime/';

/** Versions of the language without class fields: for them TypeScript assigns in the constructor. */
const withoutFields = /^es(3|5|6|20(1\d|2[01]))$/i;

/**
 * What a tsconfig.json says of how code is written. Decorators are the legacy ones; all else stays as it is, whatever the target: private members and
 * fields that are lowered cost a third of the speed.
 */
export function compilingBy(tsconfig: string): TransformOptions {
  const { target, useDefineForClassFields, emitDecoratorMetadata, verbatimModuleSyntax } = parseTsconfig(tsconfig).compilerOptions ?? {};
  const isDefined = useDefineForClassFields ?? !withoutFields.test(target ?? '');
  return {
    target: 'es2022',
    sourcemap: true,
    decorator: { legacy: true, emitDecoratorMetadata: emitDecoratorMetadata ?? false },
    assumptions: { setPublicClassFields: !isDefined },
    typescript: { removeClassFieldsWithoutInitializer: !isDefined, onlyRemoveTypeImports: verbatimModuleSyntax ?? false },
  };
}

/**
 * A TypeScript module as tsc would write it, with its map.
 * @throws Error in the words of the loader, when it cannot be parsed
 */
export function compileTypeScript(path: string, source: string, options: TransformOptions): string {
  const { code, map, errors } = transformSync(path, source, options);
  const [error] = errors;
  if (error !== undefined) throw new Error(`Failed to parse ${path}: ${error.message}`);
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`;
}
