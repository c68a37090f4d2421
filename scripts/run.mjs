import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and gives its output.
 * @throws Error with the tail of the output and the remedy when it fails
 */
export function run(command, args, { cwd, env, remedy, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (stream, to) =>
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-200_000);
        if (show) to.write(chunk);
      });
    collect(child.stdout, process.stdout);
    collect(child.stderr, process.stderr);
    child.once('error', (cause) =>
      reject(failure(command, args, cause.code === 'ENOENT' ? 'is not installed' : `cannot run: ${cause.message}`, '', remedy)),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(failure(command, args, `ended with ${signal ?? `code ${code}`}`, show ? '' : output, remedy));
    });
  });
}

function failure(command, args, problem, output, remedy) {
  const tail = output.trimEnd().split('\n').slice(-25).join('\n');
  return new Error(
    [`\`${[command, ...args].join(' ').slice(0, 200)}\` ${problem}`, tail, remedy && `remedy: ${remedy}`].filter(Boolean).join('\n'),
  );
}
