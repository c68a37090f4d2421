// Started by `npm run test:chaos`, and by the spec that runs a minute of it.
import process from 'node:process';
import { type ChaosOptions, readOptions, usage } from './options.js';
import { again, asJson, asText } from './report.js';
import { run } from './run.js';

const say = (line: string) => process.stderr.write(`${line}\n`);

function optionsOrExit(): ChaosOptions {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== 'help') return options;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    say(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const options = optionsOrExit();
say(again(options));
const report = await run(options, say);
console.log(options.json ? asJson(report) : asText(report));
process.exit(report.broken.length === 0 ? 0 : 1);
