import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { kafkaMissing } from './kafka-part.ts'
import { type KafkaListener } from './kafka-properties.ts'
import { runTool } from './run-tool.ts'

/** What a client needs for the secured listeners. */
export interface SecureKafka {
  /** SASL over plaintext; SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly scramBrokers: string
  readonly username: string
  readonly password: string
  /** TLS without a client certificate; the server's name is localhost or 127.0.0.1. */
  readonly tlsBrokers: string
  /** The certificate authority to trust, as a PEM file. */
  readonly caFile: string
}

export interface SecureListeners {
  readonly client: SecureKafka
  readonly listeners: readonly KafkaListener[]
  readonly properties: Readonly<Record<string, string>>
  /** SCRAM users are made when the node's storage is formatted. */
  readonly formatArguments: readonly string[]
}

const USERNAME = 'millrace'
const PASSWORD = 'millrace-secret'
const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const KEYTOOL_WITHIN_MS = 60_000

/** Makes certificates below the data folder, and the settings of a SCRAM and a TLS listener. */
export async function secureListeners(
  dataDir: string,
  ports: { readonly scram: number; readonly tls: number },
): Promise<SecureListeners> {
  const { keystore, caFile } = await certificates(join(dataDir, 'tls'))
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  return {
    client: {
      scramBrokers: `127.0.0.1:${ports.scram}`,
      username: USERNAME,
      password: PASSWORD,
      tlsBrokers: `127.0.0.1:${ports.tls}`,
      caFile,
    },
    listeners: [
      { name: 'SCRAM', protocol: 'SASL_PLAINTEXT', port: ports.scram },
      { name: 'TLS', protocol: 'SSL', port: ports.tls },
    ],
    properties: {
      'sasl.enabled.mechanisms': MECHANISMS.join(','),
      'listener.name.scram.scram-sha-256.sasl.jaas.config': login,
      'listener.name.scram.scram-sha-512.sasl.jaas.config': login,
      'listener.name.tls.ssl.keystore.type': 'PKCS12',
      'listener.name.tls.ssl.keystore.location': keystore,
      'listener.name.tls.ssl.keystore.password': PASSWORD,
      'listener.name.tls.ssl.key.password': PASSWORD,
    },
    formatArguments: MECHANISMS.flatMap((name) => ['-S', `${name}=[name=${USERNAME},password=${PASSWORD}]`]),
  }
}

/** An authority of our own and a server certificate signed by it, made with the JRE's keytool. */
async function certificates(dir: string): Promise<{ keystore: string; caFile: string }> {
  const [caStore, keystore] = [join(dir, 'ca.p12'), join(dir, 'server.p12')]
  const [caFile, request, signed] = [join(dir, 'ca.pem'), join(dir, 'server.csr'), join(dir, 'server.pem')]
  if (existsSync(signed)) return { keystore, caFile }
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  const keytool = (store: string, ...args: string[]) =>
    runTool('keytool', [...args, '-keystore', store, '-storetype', 'PKCS12', '-storepass', PASSWORD, '-noprompt'], {
      timeoutMs: KEYTOOL_WITHIN_MS,
      missing: kafkaMissing,
    })
  const key = ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650']
  await keytool(caStore, ...key, '-alias', 'ca', '-dname', 'CN=millrace test authority', '-ext', 'bc:c')
  await keytool(keystore, ...key, '-alias', 'server', '-dname', 'CN=localhost')
  await keytool(caStore, '-exportcert', '-rfc', '-alias', 'ca', '-file', caFile)
  await keytool(keystore, '-certreq', '-alias', 'server', '-file', request)
  const names = ['-ext', 'san=dns:localhost,ip:127.0.0.1', '-validity', '3650']
  await keytool(caStore, '-gencert', '-rfc', '-alias', 'ca', '-infile', request, '-outfile', signed, ...names)
  await keytool(keystore, '-importcert', '-alias', 'ca', '-file', caFile)
  await keytool(keystore, '-importcert', '-alias', 'server', '-file', signed)
  return { keystore, caFile }
}
