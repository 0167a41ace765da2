/** `airpin serve --domain`: obtains and renews the certificate of this server, by rounds in its own process. */
import type { FastifyInstance } from "fastify"
import { asAirpinError } from "../../../certs/error.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type CertificateWatcher, watchCertificate } from "../../api/certificate-watch.ts"
import { devicePinsOf } from "../../api/pins/device-pins.ts"
import { writeEdgeStatus } from "../../api/pins/edge-state.ts"
import type { Serving, TlsFiles } from "../../api/server.ts"
import type { Database } from "../../api/store/database.ts"
import { showRound, timeText } from "../../display/edge-status.ts"
import type { Terminal } from "../../display/terminal.ts"
import { type LastingListener, lastingListener } from "../../edge/acme/challenge-listener.ts"
import { runRound } from "../../edge/renewal/round.ts"
import { firstWaitMs, RoundSchedule } from "../../edge/renewal/schedule.ts"
import type { Parts } from "../../edge/renewal/types.ts"
import { makePlaceholder } from "../../edge/site/placeholder.ts"
import { readLiveFiles, serveTarget } from "../../edge/targets/serve.ts"
import { handshakeOf, roundOptions, sourcesOf } from "../edge/round-parts.ts"
import type { DomainSettings } from "./domain-options.ts"
import { reportCertificate } from "./server-certificate.ts"

/** The certificate of a server that obtains it itself, before the server listens. */
export interface DomainCertificate {
    /** what it presents first: what is live in the edge folder, or a placeholder */
    files: TlsFiles
    /** Opens the port for HTTP, too; a server without it goes on with what it has. */
    rounds(server: DomainServer): Promise<DomainRounds>
}

/** Reads what is live; asks nobody. */
export async function openDomain(settings: DomainSettings, terminal: Terminal): Promise<DomainCertificate> {
    const live = await readLiveFiles(settings.folder).catch((error: unknown) => {
        terminal.warn(`the certificate in ${settings.folder} cannot be used: ${asAirpinError(error).message}`)
        return undefined
    })
    const files = live ?? (await placeholder(settings.names))
    return { files, rounds: server => domainRounds({ settings, files, isPlaceholder: live === undefined }, server) }
}

async function placeholder(names: string[]): Promise<TlsFiles> {
    const { keyPem, chainPem } = await makePlaceholder(names, "P-256")
    return { keyPem, certPem: chainPem }
}

export interface DomainServer {
    serving: Serving
    /** address that it listens on */
    host: string
    db: Database
    app: FastifyInstance
    terminal: Terminal
}

/** The rounds of a server that listens. */
export interface DomainRounds {
    watch: CertificateWatcher
    /** Prints the names, until when the certificate is good, and the next look. @returns the same, for machines */
    show(): object
    start(): void
    /** Has a round run at once. */
    soon(): void
    stop(): Promise<void>
}

interface Opened {
    settings: DomainSettings
    files: TlsFiles
    isPlaceholder: boolean
}

async function domainRounds(opened: Opened, server: DomainServer): Promise<DomainRounds> {
    const { settings, files, isPlaceholder } = opened
    const { serving, host, terminal } = server
    const watch = watchCertificate({
        serving,
        current: files,
        // before the first certificate the folder has none
        read: async () => (await readLiveFiles(settings.folder)) ?? files,
        onChange: error => reportCertificate(terminal, error),
    })
    const http = lastingListener({ port: settings.httpPort, host, httpsPort: serving.port })
    const isHttpOpen = await openHttp(http, settings, server)
    const firstMs = await firstWaitMs(settings, Date.now())
    const schedule = scheduleOf(partsOf(settings, server, watch, http), settings, server)
    return {
        watch,
        show: () => show({ ...opened, isHttpOpen, firstMs }, terminal),
        start: () => {
            schedule.start(firstMs)
            // somebody waits for the first certificate; the orders of a day are limited all the same
            if (isPlaceholder) schedule.soon()
        },
        soon: () => schedule.soon(),
        async stop() {
            watch.stop()
            await schedule.stop()
            await http.close()
        },
    }
}

async function openHttp(http: LastingListener, settings: DomainSettings, server: DomainServer): Promise<boolean> {
    try {
        await http.open()
        return true
    } catch (error) {
        const { message, nextStep } = asAirpinError(error)
        const isForRedirects = settings.sources.every(
            source => source.kind === "acme" && source.challenge.kind === "dns",
        )
        const what = isForRedirects ? "http is not redirected to https" : "no certificate can be obtained or renewed"
        warn(server, `${what}: ${message}\nnext      ${nextStep}; the server goes on with what it has`)
        return false
    }
}

function partsOf(
    settings: DomainSettings,
    server: DomainServer,
    watch: CertificateWatcher,
    http: LastingListener,
): Parts {
    const { db, app, terminal, serving, host } = server
    const { names, folder } = settings
    return {
        sources: sourcesOf(settings, { folder, listening: http.solver, warn: text => warn(server, text) }),
        target: serveTarget(files => watch.use(files)),
        handshake: handshakeOf({ names, handshake: { host: ownAddress(host), port: serving.port } }),
        devices: () => devicePinsOf(db),
        report: status => writeEdgeStatus(db, status),
        now: () => new Date(),
        log: ({ level, text }) => {
            if (level === "warning") return warn(server, text)
            terminal.line("", text)
            app.log.info(text)
        },
    }
}

function scheduleOf(parts: Parts, settings: DomainSettings, server: DomainServer): RoundSchedule {
    const { app, terminal } = server
    const options = roundOptions(settings, settings.folder)
    let shown = ""
    return new RoundSchedule({
        run: ({ retry, signal }) => runRound({ ...options, retry }, { ...parts, signal }),
        onRound: (status, nextMs) => {
            const { outcome, live, reasons, nextLook } = status
            const at = nextMs === undefined ? nextLook.at : new Date(nextMs).toISOString()
            app.log.info({ edge: outcome, until: live?.notAfter, nextLook: at }, "round")
            const what = [outcome, live?.leafSha256, ...reasons].join()
            if (what !== shown && nextMs !== undefined)
                showRound(terminal, { ...status, nextLook: { ...nextLook, at } })
            shown = what
        },
        onError: error => {
            const { code, message, nextStep } = asAirpinError(error)
            if (code === "EDGE_BUSY") app.log.info(message)
            else warn(server, `no round: ${message} [${code}]\nnext      ${nextStep}`)
        },
        now: parts.now,
    })
}

function warn({ terminal, app }: DomainServer, text: string): void {
    terminal.warn(text)
    app.log.warn(text)
}

/** Where a process reaches itself. */
function ownAddress(host: string): string {
    if (host === "0.0.0.0") return "127.0.0.1"
    return host === "::" ? "::1" : host
}

interface Shown extends Opened {
    isHttpOpen: boolean
    firstMs: number
}

function show({ settings, files, isPlaceholder, isHttpOpen, firstMs }: Shown, terminal: Terminal): object {
    const { names, httpPort } = settings
    const until = isPlaceholder ? undefined : parsePem(files.certPem)[0].notAfter.toISOString()
    const nextLook = new Date(Date.now() + firstMs).toISOString()
    terminal.line("names", names.join(", "))
    terminal.line("until", until ? timeText(until) : "a self-signed placeholder, until the first certificate is there")
    terminal.line("next look", firstMs === 0 ? "now" : timeText(nextLook))
    if (isHttpOpen) terminal.line("http", `port ${httpPort} redirects to https`)
    return { names, until, nextLook, httpPort: isHttpOpen ? httpPort : null }
}
