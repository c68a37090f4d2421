/** class-transformer exports what decorators write, but not how to read it. These are the parts that weir reads. */
declare module 'class-transformer/cjs/storage.js' {
  type Maker = abstract new (...args: never[]) => object;

  interface TypeDeclaration {
    readonly propertyName: string;
    readonly reflectedType?: unknown;
    readonly typeFunction?: (options?: object) => unknown;
    readonly options?: { readonly discriminator?: unknown };
  }

  type Declarations = ReadonlyMap<Maker, ReadonlyMap<string | undefined, unknown>>;

  export const defaultMetadataStorage: {
    readonly _typeMetadatas: ReadonlyMap<Maker, ReadonlyMap<string, TypeDeclaration>>;
    readonly _transformMetadatas: Declarations;
    readonly _exposeMetadatas: Declarations;
    readonly _excludeMetadatas: Declarations;
    findTypeMetadata(target: Maker, propertyName: string): TypeDeclaration | undefined;
  };
}
