/**
 * The parts of class-validator that weir uses, by their files: its index brings every decorator there is with what those need, 300 files in a fifth of
 * a second. Whoever imports the index gets the same modules from it.
 */
declare module 'class-validator/cjs/validation/Validator.js' {
  export { Validator } from 'class-validator';
}
declare module 'class-validator/cjs/metadata/MetadataStorage.js' {
  export { getMetadataStorage } from 'class-validator';
}
declare module 'class-validator/cjs/decorator/typechecker/IsNumber.js' {
  export { isNumber } from 'class-validator';
}
declare module 'class-validator/cjs/decorator/string/Length.js' {
  export { length } from 'class-validator';
}
declare module 'class-validator/cjs/decorator/string/Matches.js' {
  export { matches } from 'class-validator';
}
declare module 'class-validator/cjs/decorator/string/MaxLength.js' {
  export { maxLength } from 'class-validator';
}
declare module 'class-validator/cjs/decorator/string/MinLength.js' {
  export { minLength } from 'class-validator';
}
