import { WeirError } from '@weir/core/internal/errors';

/** The app that was named is not there, does not load, or is not an app. */
export class AppError extends WeirError {
  readonly code = 'APP_NOT_FOUND';
}
