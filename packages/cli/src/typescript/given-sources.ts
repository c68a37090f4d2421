import type { LoadFnOutput, LoadHook } from 'node:module';

/** What the loader behind was given to compile, by its URL: the file, or what other hooks made of it. */
export const givenSources = new Map<string, NonNullable<LoadFnOutput['source']>>();

/** A hook of Node's loader, behind that of `@oxc-node/core`: notes what passes. */
export const load: LoadHook = (url, context, nextLoad) => {
  const loaded: LoadFnOutput | Promise<LoadFnOutput> = nextLoad(url, context);
  return loaded instanceof Promise ? loaded.then((each) => noted(url, each)) : noted(url, loaded);
};

function noted(url: string, loaded: LoadFnOutput): LoadFnOutput {
  if (loaded.source !== undefined && loaded.source !== null) givenSources.set(url, loaded.source);
  return loaded;
}
