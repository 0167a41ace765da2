import path from "node:path"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import { errorRow } from "../../../certs/error-codes/table.ts"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { makeFolder, PRIVATE_FOLDER_MODE } from "../../../certs/replace-file.ts"
import { toPem } from "../../../certs/x509/certificate.ts"
import { buildApp } from "../../api/app.ts"
import { watchCertificate } from "../../api/certificate-watch.ts"
import { RELEASED_S } from "../../api/release.ts"
import { serve as listen } from "../../api/server.ts"
import type { Store } from "../../api/store/store.ts"
import type { Terminal } from "../../display/terminal.ts"
import { readFileBytes } from "../../files.ts"
import { readCertificateFile } from "../../pins/certificate-file.ts"
import { dnsNamesOf, hostPort, isFor, type Reach, reachOf } from "../../pins/own-addresses.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, DEFAULT_DATABASE, exitCodes, type OptionsOf, run } from "../command.ts"
import { collect, wholeNumber } from "../option-values.ts"
import { stopRequest } from "../signals.ts"
import { openDatabaseFile } from "./open-database.ts"

const declared = command()
    .option("--host <address>", "address to listen on; 0.0.0.0 opens the server to other machines", "127.0.0.1")
    .option("--port <n>", "port to listen on", wholeNumber(0, 65535), 8443)
    .option("--db <file>", "database", DEFAULT_DATABASE)
    .option("--cert <file>", "certificate chain, leaf first (default: one of the throw-away CA)")
    .option("--key <file>", "its private key, PEM")
    .option("--trust-clock", "take this machine's clock as right, whatever devices and stored readings say")
    .option("--name <name>", "more names in the throw-away certificate; may be given again", collect)

type ServeOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => serve(options, terminal)))

const LOCAL_CA_FOLDER = ".airpin/ca"

/** `airpin serve`: the API and its page until Ctrl-C. */
const serve: Command<ServeOptions> = (options, terminal) =>
    withResources(async resources => {
        const reach = reachOf(options.host)
        const { keyPem, certPem } = await keyAndChain(options, reach)
        await makeFolder(path.dirname(options.db), PRIVATE_FOLDER_MODE)
        const store = openDatabaseFile(options.db, terminal)
        resources.add(() => store.close())
        const server = await listen({
            app: buildApp({
                store,
                notBeforeS: RELEASED_S,
                trustClock: options.trustClock === true,
                onClockDoubt: reason => reportClock(terminal, reason),
            }),
            host: options.host,
            port: options.port,
            keyPem,
            certPem,
        })
        resources.add(() => server.close())
        if (options.cert) {
            const read = () => keyAndChain(options, reach)
            const current = { keyPem, certPem }
            const onChange = (error: unknown) => reportCertificate(terminal, error)
            resources.add(watchCertificate({ serving: server, current, read, onChange }))
        }
        const hosts = hostsOf(options, reach, certPem).map(host => hostPort(host, server.port))
        const urls = hosts.map(host => `https://${host}`)
        for (const [at, url] of urls.entries())
            terminal.line(at === 0 ? "page" : "", terminal.paint("underline", `${url}/`))
        if (reach.isLocal)
            terminal.line("", "this machine only; --host 0.0.0.0 opens it to devices and other computers")
        terminal.line("database", path.resolve(options.db))
        if (!options.cert)
            terminal.line(
                "trust",
                `${LOCAL_CA_FOLDER}/root.pem is the throw-away CA: airpin pin ${hosts[0]} --ca ${LOCAL_CA_FOLDER}/root.pem`,
            )
        warnIfUnwritable(terminal, store)
        terminal.line("", "Ctrl-C stops")
        terminal.result({ url: urls[0], urls, thisMachineOnly: reach.isLocal, database: path.resolve(options.db) })
        await stopRequest().received
        return exitCodes.fine
    })

function reportCertificate(terminal: Terminal, error: unknown): void {
    if (error === undefined) {
        terminal.line("renewed", "new connections get the certificate that is in --cert now")
        return
    }
    const { message, nextStep } = asAirpinError(error)
    terminal.warn(`the server keeps its certificate: ${message}\nnext      ${nextStep}`)
}

/** Serves all the same: what is stored can be read, and devices keep their readings. */
function warnIfUnwritable(terminal: Terminal, store: Store): void {
    try {
        store.check()
    } catch (error) {
        const { message, nextStep } = asAirpinError(error)
        terminal.warn(`nothing is stored: ${message}\nnext      ${nextStep}`)
    }
}

function reportClock(terminal: Terminal, reason: string | undefined): void {
    if (reason === undefined) terminal.line("clock", "no longer in doubt: readings are stored again")
    else terminal.warn(`nothing is stored: ${reason}\nnext      ${errorRow("SERVER_CLOCK_WRONG").next}`)
}

/** Hosts at which the server's certificate is accepted; at least one. */
function hostsOf({ cert, name = [] }: ServeOptions, { hosts }: Reach, certPem: string): string[] {
    const named = cert ? dnsNamesOf(certPem) : name
    const accepted = [...new Set([...named, ...hosts.filter(host => isFor(certPem, host))])]
    return accepted.length > 0 ? accepted : hosts
}

/** The key and chain given by options, or new ones from the throw-away CA. */
async function keyAndChain(
    { cert, key, name }: ServeOptions,
    reach: Reach,
): Promise<{ keyPem: string; certPem: string }> {
    if (cert && key) return { certPem: await chainPemOf(cert), keyPem: (await readFileBytes(key)).toString() }
    if (cert || key) throw new AirpinError("KEY_AND_CERT", "--cert and --key must be given together")
    const ca = await openOrCreateLocalCa(LOCAL_CA_FOLDER)
    const { keyPem, chainPem } = await ca.issue({ names: [...new Set(["localhost", ...reach.names, ...(name ?? [])])] })
    return { keyPem, certPem: chainPem }
}

/** The chain of a file in any form, as TLS takes it. */
async function chainPemOf(file: string): Promise<string> {
    return (await readCertificateFile(file)).map(toPem).join("")
}
