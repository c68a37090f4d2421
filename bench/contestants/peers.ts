import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Contestant } from './contestant.js';

/** Somebody else's way to do the work, installed only when it is to run. */
export interface Peer extends Contestant {
  /** Installs what it needs into its own folder. @throws Error of the tool that is missing or fails */
  prepare(): void;
}

/** Beside the sources, not in the folder of what is compiled. */
const folderOf = (name: string) => path.join(import.meta.dirname, '../../peers', name);

function peer(name: string, title: string, install: readonly (readonly string[])[], command: (folder: string) => readonly string[]): Peer {
  const folder = folderOf(name);
  return {
    name,
    title,
    command: command(folder),
    prepare: () => {
      for (const [program, ...args] of install) execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    },
  };
}

const npm = [['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']];
const maven = [['mvn', '-q', '-B', 'compile', 'dependency:copy-dependencies', '-DincludeScope=runtime']];
const pip = [
  ['python3', '-m', 'venv', '.venv'],
  ['.venv/bin/pip', 'install', '-q', '--disable-pip-version-check', '-r', 'requirements.txt'],
];

/** @param main the class that does the work */
export function kafkaStreams(title: string, main: string): Peer {
  return peer('kafka-streams', title, maven, (folder) => [
    'java',
    ...['-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${folder}/target/classes:${folder}/target/dependency/*`, main],
  ]);
}

/** In the order of their fame. */
export const peers: readonly Peer[] = [
  kafkaStreams('Kafka Streams 4.1.1, 1 thread', 'Totals'),
  peer('faust', 'Faust 0.15.3', pip, (folder) => [`${folder}/.venv/bin/python`, `${folder}/totals.py`]),
  peer('nestjs', 'NestJS 11, ValidationPipe', npm, (folder) => [process.execPath, `${folder}/totals.js`]),
  peer('kafkajs', 'KafkaJS 2.2.4, batches', npm, (folder) => [process.execPath, `${folder}/totals.mjs`]),
  peer('platformatic', '@platformatic/kafka 1.35.0, batches', npm, (folder) => [process.execPath, `${folder}/totals.mjs`]),
  {
    ...peer('kafkats', 'kafkats 0.12.0 flow, tail uncommitted', npm, (folder) => [process.execPath, `${folder}/totals.mjs`]),
    leavesTail: true,
  },
];
