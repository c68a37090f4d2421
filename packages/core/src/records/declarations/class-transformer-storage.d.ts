/** class-transformer exports what decorators write, but not how to read it. These are the parts that weir reads. */
declare module 'class-transformer/cjs/storage.js' {
  type Maker = abstract new (...args: never[]) => object;

  interface TypeDeclaration {
    readonly propertyName: string;
    readonly reflectedType?: unknown;
    readonly typeFunction?: (options?: object) => unknown;
    readonly options?: { readonly discriminator?: Discriminator };
  }

  /** By which of several classes a value is, as a property says that is added on the wire. */
  interface Discriminator {
    readonly property: string;
    readonly subTypes: readonly { readonly name: string; readonly value: Maker }[];
  }

  interface TransformDeclaration {
    readonly transformFn: (params: object) => unknown;
    readonly options?: { readonly groups?: readonly string[] };
  }

  interface ExposeDeclaration {
    readonly options?: { readonly name?: string; readonly groups?: readonly string[] };
  }

  type Declarations = ReadonlyMap<Maker, ReadonlyMap<string | undefined, unknown>>;

  export const defaultMetadataStorage: {
    readonly _typeMetadatas: ReadonlyMap<Maker, ReadonlyMap<string, TypeDeclaration>>;
    readonly _transformMetadatas: Declarations;
    readonly _exposeMetadatas: Declarations;
    readonly _excludeMetadatas: Declarations;
    findTypeMetadata(target: Maker, propertyName: string): TypeDeclaration | undefined;
    findTransformMetadatas(target: Maker, propertyName: string, type: number): readonly TransformDeclaration[];
    findExposeMetadata(target: Maker, propertyName: string): ExposeDeclaration | undefined;
    getExposedProperties(target: Maker, type: number): readonly string[];
    getExcludedProperties(target: Maker, type: number): readonly string[];
    getStrategy(target: Maker): 'none' | 'exposeAll' | 'excludeAll';
  };
}
