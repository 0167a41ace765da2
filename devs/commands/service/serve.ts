import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import { errorRow } from "../../../certs/error-codes/table.ts"
import { addressMatcher, proxyAddresses } from "../../api/access/proxy-addresses.ts"
import { noteServedAt } from "../../api/access/served-at.ts"
import { buildApp } from "../../api/app.ts"
import type { CertificateWatcher } from "../../api/certificate-watch.ts"
import { checkedOrigin } from "../../api/contract/cross-origin.ts"
import { DEFAULT_LIMITS, isLoopback } from "../../api/operate/connections.ts"
import { type LogTarget, logLevels, openLog } from "../../api/operate/log.ts"
import { DEFAULT_MIN_FREE_BYTES } from "../../api/operate/readiness.ts"
import { serviceManager } from "../../api/operate/service-manager.ts"
import { RELEASED_S } from "../../api/release.ts"
import { serve as listen, type TlsFiles } from "../../api/server.ts"
import type { Database } from "../../api/store/database.ts"
import { Terminal } from "../../display/terminal.ts"
import { hostPort, reachOf } from "../../pins/own-addresses.ts"
import { type Resources, withResources } from "../../resources.ts"
import { type Command, command, DEFAULT_EDGE_FOLDER, exitCodes, type OptionsOf, run } from "../command.ts"
import { collect, wholeNumber } from "../option-values.ts"
import { onReload, stopRequest } from "../signals.ts"
import { openableConnections } from "./connection-limits.ts"
import { domainNames, domainSettings, emailAddress, HTTPS_PORT, httpsUrl } from "./domain-options.ts"
import { showFirstLogIn } from "./first-log-in.ts"
import { notificationSettings, startNotifications } from "./notifications.ts"
import { databaseOption, openPlace } from "./open-database.ts"
import { startPruning } from "./pruning.ts"
import { fiveMinutesOption, rawOption } from "./retention-options.ts"
import { hostsOf, keyAndChain, localRootFile, watchFiles } from "./server-certificate.ts"

const declared = command()
    .option(
        "--host <address>",
        'address to listen on; 0.0.0.0 opens the server to other machines (default: "127.0.0.1"; 0.0.0.0 with --domain)',
    )
    .option("--port <n>", "port to listen on (default: 8443; 443 with --domain)", wholeNumber(0, 65535))
    .addOption(databaseOption())
    .addOption(rawOption())
    .addOption(fiveMinutesOption())
    .option("--cert <file>", "certificate chain, leaf first (default: one of the throw-away CA)")
    .option("--key <file>", "its private key, PEM")
    .option("--trust-clock", "take this machine's clock as right, whatever devices and stored readings say")
    .option("--name <name>", "more names in the throw-away certificate; may be given again", collect)
    .addOption(
        new Option(
            "--http",
            "speak HTTP, to a proxy that speaks HTTPS; one on another machine needs --trust-proxy",
        ).conflicts(["cert", "key"]),
    )
    .addOption(
        new Option("--domain <name>", "obtain and renew the certificate for this name; may be given again")
            .argParser(domainNames)
            .conflicts(["cert", "key", "http", "name"]),
    )
    .option("--email <address>", "for the account at the CA, with --domain", emailAddress)
    .option("--acme-server <url>", "directory of the ACME CA (default: Let's Encrypt)", httpsUrl)
    .option("--acme-ca <file>", "roots for the HTTPS of the ACME CA (default: those of Node.js)")
    .option("--acme-dns-hook <command>", "program that sets TXT records: prove the names by DNS, not on port 80")
    .option("--acme-port <n>", "for the CA's challenges and redirects to https (default: 80)", wholeNumber(1, 65535))
    .option("--profile <name>", "profile of the CA, such as shortlived")
    .option("--preferred-chain <name>", "common name of the topmost issuer of the chain to prefer")
    .option("--edge-folder <dir>", `certificates and keys of --domain (default: "${DEFAULT_EDGE_FOLDER}")`)
    .option("--public", "let everyone read; otherwise only with a link or a log-in")
    .option(
        "--trust-proxy <addresses>",
        "addresses and networks of proxies, with commas: their X-Forwarded-For is believed",
        proxyAddresses,
    )
    .option("--url <url>", "address at which people reach the server, for links (default: that of the certificate)")
    .option("--cors <origin>", "let pages of this site read; '*' for all; may be given again", collect)
    .option("--log [file]", "write a JSON line for each request; to stdout without a file, and then nothing else")
    .addOption(new Option("--log-level <level>", "least level of a line").choices(logLevels).default("info"))
    .option("--min-free-disk <mb>", "below this /ready fails; in MB", wholeNumber(0, 1e9), DEFAULT_MIN_FREE_BYTES / 1e6)
    .option("--max-connections <n>", "open at once", wholeNumber(1, 1_000_000), DEFAULT_LIMITS.total)
    .option(
        "--max-connections-per-address <n>",
        "open at once from one address, other than this machine's and those of --trust-proxy",
        wholeNumber(1, 1_000_000),
        DEFAULT_LIMITS.perAddress,
    )

const DEFAULT_PORT = 8443

type ServeOptions = OptionsOf<typeof declared>

/**
 * Open requests have 2 s, and then a query that runs must end, or a thread that starts: that takes 7 s on a machine
 * with a load of 12 on two cores. Below the 20 s of the systemd unit.
 */
const MAX_STOP_MS = 15_000

export const definition = declared.action(run((terminal, options) => serve(options, terminal)))

/** `airpin serve`: the API and its page until Ctrl-C. */
const serve: Command<ServeOptions> = (options, given) =>
    withResources(async resources => {
        const settings = domainSettings(options, DEFAULT_EDGE_FOLDER)
        const { host = settings ? "0.0.0.0" : "127.0.0.1", port = settings ? HTTPS_PORT : DEFAULT_PORT } = options
        const reach = reachOf(host)
        if (options.http && !reach.isLocal && !options.trustProxy)
            throw new AirpinError("HTTP_EXPOSED", `other machines can reach ${host}`)
        const notifying = notificationSettings(process.env)
        const log = await logOf(options, given, resources)
        // the lines of the log stand for its own, and warnings go to stderr
        const terminal = logsToStdout(options) ? new Terminal({ json: true, quiet: true }) : given
        // what obtains certificates takes long to load
        const domain = settings && (await (await import("./domain.ts")).openDomain(settings, terminal))
        const tls = options.http ? undefined : (domain?.files ?? (await keyAndChain(options, reach)))
        const db = await openPlace(options.db, terminal, { extendLog: true })
        resources.add(() => db.close())
        let clockDoubt: string | undefined
        const app = buildApp({
            db,
            notBeforeS: RELEASED_S,
            trustClock: options.trustClock === true,
            onClockDoubt: reason => {
                clockDoubt = reason
                reportClock(terminal, reason)
            },
            public: options.public,
            trustProxy: options.trustProxy,
            corsOrigins: options.cors?.map(checkedOrigin),
            log,
            minFreeBytes: options.minFreeDisk * 1e6,
        })
        app.metrics.observeProcess()
        let watch: CertificateWatcher | undefined
        const certificatePem = () => (watch?.current() ?? tls)?.certPem
        const notifications = await startNotifications(notifying, {
            db,
            app,
            terminal,
            clockDoubt: () => clockDoubt,
            certificatePem,
        })
        resources.add(() => notifications.close())
        const total = openableConnections(options.maxConnections, terminal)
        const isProxy = addressMatcher(options.trustProxy ?? [])
        const isExempt = (address: string) => isLoopback(address) || isProxy(address)
        const limits = { total, perAddress: options.maxConnectionsPerAddress, isExempt }
        const server = await listen({ app, host, port, ...tls, limits })
        resources.add(() => server.close())
        const rounds = await domain?.rounds({ serving: server, host, db, app, terminal })
        resources.add(() => rounds?.stop())
        if (tls && options.cert) watch = watchFiles(server, { ...options, reach, current: tls }, terminal)
        else watch = rounds?.watch
        resources.add(() => watch?.stop())
        const reload = (): void => {
            app.log.info("reload")
            log?.reopen()
            void watch?.look()
            rounds?.soon()
        }
        resources.add(onReload(reload))
        const hosts = settings ? settings.names : tls ? hostsOf(options, reach, tls.certPem) : reach.hosts
        const places = hosts.map(host => hostPort(host, server.port))
        const reached = options.url === undefined ? [] : [options.url.replace(/\/$/, "")]
        const urls = [...reached, ...places.map(place => (tls ? httpsUrlOf(place) : `http://${place}`))]
        const database = db.place
        show({ terminal, options, tls, places, urls, isLocal: reach.isLocal, database })
        const edge = rounds?.show()
        notifications.show()
        resources.add(await startPruning(app, db, options, terminal))
        const isWritable = await warnIfUnwritable(terminal, db)
        const [address = ""] = urls
        if (isWritable) await noteServedAt(db.sql, address)
        const isClosed = !options.public && isWritable && terminal === given
        const logIn = isClosed ? await showFirstLogIn(terminal, db, address) : undefined
        terminal.line("", "Ctrl-C stops")
        if (terminal === given)
            terminal.result({ url: address, urls, logIn, thisMachineOnly: reach.isLocal, database, edge })
        app.log.info({ urls, database, connections: limits, node: process.version }, "serving")
        const manager = serviceManager(process.env, error => app.log.warn({ err: error }, "systemd-notify"))
        manager.ready()
        const stop = stopRequest(MAX_STOP_MS)
        rounds?.start()
        await stop.received
        manager.stopping()
        app.log.info({ responses: server.openResponses }, "stopping")
        return exitCodes.fine
    })

interface Shown {
    terminal: Terminal
    options: ServeOptions
    tls: TlsFiles | undefined
    /** HOST:PORT */
    places: string[]
    urls: string[]
    isLocal: boolean
    database: string
}

function show({ terminal, options, tls, places, urls, isLocal, database }: Shown): void {
    for (const [at, url] of urls.entries())
        terminal.line(at === 0 ? "page" : "", terminal.paint("underline", `${url}/`))
    if (isLocal) terminal.line("", "this machine only; --host 0.0.0.0 opens it to devices and other computers")
    terminal.line("database", database)
    if (typeof options.log === "string") terminal.line("log", path.resolve(options.log))
    if (tls && !options.cert && !options.domain)
        terminal.line(
            "trust",
            `${localRootFile()} is the throw-away CA: airpin pin ${places[0]} --ca ${localRootFile()}`,
        )
}

/** 443 is left out, as a browser does. */
const httpsUrlOf = (place: string) => `https://${place.replace(/:443$/, "")}`

const logsToStdout = ({ log }: ServeOptions) => log === true || log === "-"

/** Where --log sends lines; undefined without it. */
async function logOf(
    { log, logLevel }: ServeOptions,
    terminal: Terminal,
    resources: Resources,
): Promise<LogTarget | undefined> {
    if (log === undefined) return undefined
    const target = await openLog(log === true ? "-" : log, logLevel, error =>
        terminal.warn(`log lines are lost: ${error.message}`),
    )
    resources.add(() => target.close())
    return target
}

/**
 * Serves all the same: what is stored can be read, and devices keep their readings.
 *
 * @returns whether the database can be written
 */
async function warnIfUnwritable(terminal: Terminal, db: Database): Promise<boolean> {
    try {
        await db.check()
        return true
    } catch (error) {
        const { message, nextStep } = asAirpinError(error)
        terminal.warn(`nothing is stored: ${message}\nnext      ${nextStep}`)
        return false
    }
}

function reportClock(terminal: Terminal, reason: string | undefined): void {
    if (reason === undefined) terminal.line("clock", "no longer in doubt: readings are stored again")
    else terminal.warn(`nothing is stored: ${reason}\nnext      ${errorRow("SERVER_CLOCK_WRONG").next}`)
}
