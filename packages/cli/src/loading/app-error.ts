import { WeirError } from '@weir/core/internal/errors';

/** What was named as the app is not there, or is none. */
export class AppError extends WeirError {
  readonly code = 'APP_NOT_FOUND';
}

/** The module of the app is there, and cannot be loaded. `cause` is what was thrown, which may be over the next time. */
export class AppLoadError extends WeirError {
  readonly code = 'APP_NOT_LOADED';
}
