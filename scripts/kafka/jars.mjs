import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.mjs';

export const kafkaVersion = '4.1.1';

const cache = fileURLToPath(new URL('../../.cache/kafka/', import.meta.url));

// slf4j-simple, because a broker that fails to start says nothing at all without it.
const dependencies = [
  ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
  ['org.apache.kafka', 'kafka-tools', kafkaVersion],
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
];

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>weir</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
${dependencies.map(([g, a, v]) => `    <dependency><groupId>${g}</groupId><artifactId>${a}</artifactId><version>${v}</version></dependency>`).join('\n')}
  </dependencies>
</project>
`;

/** The folder of Kafka's jars; fetched by Maven the first time (about 124 MB). */
export async function ensureJars() {
  const jars = path.join(cache, `libs-${kafkaVersion}`);
  if (await stat(jars).catch(() => undefined)) return jars;
  await mkdir(cache, { recursive: true });
  await writeFile(path.join(cache, 'pom.xml'), pom);
  console.error(`kafka: fetching Apache Kafka ${kafkaVersion} with Maven into .cache/kafka`);
  const unfinished = path.join(cache, `unfinished-${process.pid}`);
  await run(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      path.join(cache, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${unfinished}`,
      '-DincludeScope=runtime',
    ],
    {
      remedy:
        'install a JDK 17 and Maven (Debian: apt-get install default-jdk-headless maven), or give the address of a running Kafka in KAFKA_BROKERS',
    },
  );
  await rename(unfinished, jars).catch(() => rm(unfinished, { recursive: true, force: true }));
  return jars;
}
