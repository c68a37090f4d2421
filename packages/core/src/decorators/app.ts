import type { Class } from '../metadata/index.js';
import { type AppDeclaration, apps } from './declarations.js';
import { classUnder, withParentheses } from './placement.js';

/** Declares a class as an app. Writes metadata only; nothing runs. */
export function App(declaration: AppDeclaration): (declaring: Class) => void {
  withParentheses('@App', typeof declaration === 'function', [declaration]);
  return (...placed) => apps.write(classUnder('@App', placed), declaration);
}
