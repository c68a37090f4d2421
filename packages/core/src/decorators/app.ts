import type { Class } from '../metadata/index.js';
import { type AppDeclaration, apps } from './declarations.js';

/** Declares a class as an app. Writes metadata only; nothing runs. */
export function App(declaration: AppDeclaration): (declaring: Class) => void {
  return (declaring) => apps.write(declaring, declaration);
}
