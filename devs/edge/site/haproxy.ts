/** The whole configuration for HAProxy, where TLS ends there. https://docs.haproxy.org/2.6/configuration.html */
import { proxyProblems } from "./problems.ts"
import {
    BATCH_PATHS,
    CHALLENGE_PATH,
    CLIENT_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
    GROUPS,
    KEEP_ALIVE_S,
    LINK_PATH,
    liveFiles,
    MAX_BATCH_BYTES,
    MAX_BODY_BYTES,
    MAX_PER_ADDRESS,
    POST_TIMEOUT_S,
    portSuffix,
    READ_TIMEOUT_S,
    requireHostPort,
    requireSite,
    type Site,
    siteId,
    TLS12_SUITES,
    TRANSPORT_SECURITY,
    WRITTEN_BY,
} from "./site.ts"

export interface HaproxySite extends Site {
    /** HOST:PORT where challenges of HTTP-01 are answered while a certificate is obtained */
    challenge: string
    /** path of the socket of the runtime API; absolute */
    socket: string
    /** HAProxy is started by an ordinary user, and so cannot become another one */
    rootless: boolean
    /** the operator's, for the frontend of HTTPS */
    ownLines: string[]
}

const OWN_BEGIN = "    # your own lines for HTTPS, which stay when this file is written anew: begin"
const OWN_END = "    # end of your own lines"

/** The operator's lines in a configuration that was written earlier. */
export function ownLinesIn(text: string): string[] {
    const lines = text.split("\n")
    const [begin, end] = [lines.indexOf(OWN_BEGIN), lines.indexOf(OWN_END)]
    return begin < 0 || end < 0 ? [] : lines.slice(begin + 1, end)
}

/** As `crt` names it, and so the runtime API. */
export const haproxyCertificate = (folder: string): string => liveFiles(folder).combined

/**
 * The configuration's text.
 *
 * @throws AirpinError SITE_INVALID, SERVER_NAME_INVALID
 */
export function haproxyText(site: HaproxySite): string {
    requireSite(site, [site.folder, site.socket, ...(site.rsaFolder ? [site.rsaFolder] : [])])
    requireHostPort(site.challenge)
    const id = siteId(site.names)
    const sections = [
        [
            `${WRITTEN_BY} haproxy: do not change it, it is written anew, but for your own lines`,
            `# between the two marks in frontend ${id}_https.`,
        ],
        globalSection(site),
        defaultsSection(),
        httpFrontend(site, id),
        httpsFrontend(site, id),
        section(`backend ${id}_challenge`, [
            "# airpin renew, while it obtains a certificate; or a web server with certbot's webroot",
            `server acme ${site.challenge}`,
        ]),
        backend(site, id),
        postsBackend(site, id),
    ]
    return `${sections.map(lines => lines.join("\n")).join("\n\n")}\n`
}

const section = (head: string, lines: string[]): string[] => [head, ...lines.map(line => `    ${line}`)]

const TLS13_SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]

/**
 * No tickets, as in the site for nginx. `tune.ssl.maxrecord` stays at its default: it concerns what follows the
 * handshake, whose messages HAProxy sends in one record each, but smaller records cost devices bytes.
 */
function globalSection({ socket, rootless }: HaproxySite): string[] {
    return section("global", [
        "log stdout format raw local0",
        `stats socket ${socket} mode 600 level admin`,
        ...(rootless ? [] : ["user haproxy", "group haproxy", "chroot /var/lib/haproxy"]),
        "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
        `ssl-default-bind-ciphers ${TLS12_SUITES.join(":")}`,
        `ssl-default-bind-ciphersuites ${TLS13_SUITES.join(":")}`,
    ])
}

function defaultsSection(): string[] {
    return section("defaults", [
        "mode http",
        "log global",
        "option httplog",
        "option dontlognull",
        `timeout connect ${CONNECT_TIMEOUT_S}s`,
        "# HAProxy 2.6 ends an idle connection after the shorter of these two",
        `timeout client ${KEEP_ALIVE_S}s`,
        `timeout http-keep-alive ${KEEP_ALIVE_S}s`,
        `timeout client-fin ${CLIENT_TIMEOUT_S}s`,
        `timeout server ${READ_TIMEOUT_S}s`,
        "# the whole request must be there within this time, a batch too",
        `timeout http-request ${CLIENT_TIMEOUT_S}s`,
        "option http-buffer-request",
        "timeout queue 5s",
        "timeout check 2s",
        ...proxyProblems.map(errorLine),
    ])
}

/** HAProxy itself says 503 if no server is left, where nginx says 502. */
function errorLine({ status, body, retryAfterS }: (typeof proxyProblems)[number]): string {
    const text = status === 503 ? (proxyProblems.find(problem => problem.status === 502)?.body ?? body) : body
    const retryAfter = retryAfterS === undefined ? "" : ` hdr Retry-After ${retryAfterS}`
    return `http-error status ${status} content-type application/problem+json string '${text}' hdr Cache-Control no-store${retryAfter}`
}

/** An address of IPv6 takes IPv6 alone: [::] would otherwise take what 0.0.0.0 has. */
const bindLines = ({ addresses }: HaproxySite, port: number, more: string): string[] =>
    addresses.map(address => `bind ${address}:${port}${address.startsWith("[") ? " v6only" : ""}${more}`)

/** The host of the request without its port. */
const HOST = "req.hdr(host),field(1,:),lower"

function httpFrontend(site: HaproxySite, id: string): string[] {
    const suffix = portSuffix(site.httpsPort, 443)
    return section(`frontend ${id}_http`, [
        ...bindLines(site, site.httpPort, ""),
        `http-request reject unless { ${HOST} -m str ${site.names.join(" ")} }`,
        `use_backend ${id}_challenge if { path_beg ${CHALLENGE_PATH} }`,
        `http-request redirect code 301 location https://%[${HOST}]${suffix}%[pathq] unless { path_beg ${CHALLENGE_PATH} }`,
    ])
}

/** Addresses are overwritten: what a client claims about itself is dropped. */
function httpsFrontend(site: HaproxySite, id: string): string[] {
    const { names, folder, rsaFolder, httpsPort } = site
    const certificates = [folder, ...(rsaFolder ? [rsaFolder] : [])].map(place => ` crt ${haproxyCertificate(place)}`)
    const tls = ` ssl${certificates.join("")} strict-sni alpn h2,http/1.1 curves ${GROUPS.join(":")}`
    const host = `%[${HOST}]${portSuffix(httpsPort, 443)}`
    return [
        ...section(`frontend ${id}_https`, [
            ...bindLines(site, httpsPort, tls),
            "stick-table type ipv6 size 100k expire 10m store conn_cur",
            "tcp-request connection track-sc0 src",
            `tcp-request connection reject if { sc0_conn_cur gt ${MAX_PER_ADDRESS} }`,
            "# the path has the token of a link, which belongs into no log",
            `http-request set-log-level silent if { path_beg ${LINK_PATH} }`,
            `http-request deny deny_status 421 unless { ${HOST} -m str ${names.join(" ")} }`,
            `acl is_post path ${BATCH_PATHS.join(" ")}`,
            `http-request deny deny_status 413 if is_post { req.hdr_val(content-length) gt ${MAX_BATCH_BYTES} }`,
            `http-request deny deny_status 413 if { req.hdr_val(content-length) gt ${MAX_BODY_BYTES} }`,
            `http-request set-header Host ${host}`,
            `http-request set-header X-Forwarded-Host ${host}`,
            "http-request set-header X-Forwarded-Proto https",
            "http-request set-header X-Forwarded-For %[src]",
            "http-request set-header X-Real-IP %[src]",
            "http-request del-header Forwarded",
            "# the API's own header passes, and none goes to devices, which pay for each byte",
            "http-request set-var(txn.post) bool(true) if is_post",
            `http-after-response set-header Strict-Transport-Security ${TRANSPORT_SECURITY} unless { var(txn.post) -m bool } { status 200 }`,
            "compression algo gzip",
            "compression type text/plain text/css text/csv text/javascript application/javascript application/json application/problem+json image/svg+xml",
        ]),
        OWN_BEGIN,
        ...site.ownLines,
        OWN_END,
        `    use_backend ${id}_posts if is_post`,
        `    default_backend ${id}`,
    ]
}

const serverNames = (upstreams: string[]) => upstreams.map((place, at) => ({ name: `api${at + 1}`, place }))

/**
 * `/ready` is 503 while the API could not store or its clock is in doubt. If no process is ready, requests go to one all
 * the same: it says why, and a reading is stored wherever that is possible.
 */
function backend({ names: [name = ""], upstreams }: HaproxySite, id: string): string[] {
    const servers = serverNames(upstreams)
    return section(`backend ${id}`, [
        "balance roundrobin",
        "option httpchk",
        `http-check send meth GET uri /ready ver HTTP/1.1 hdr Host ${name}`,
        "http-check expect status 200",
        ...retryLines,
        "default-server inter 5s fastinter 1s fall 3 rise 2",
        ...servers.map(({ name: server, place }) => `server ${server} ${place} check`),
        ...servers.map(({ name: server, place }) => `server ${server}-unready ${place} backup`),
    ])
}

/** A post may be sent twice: the API stores a reading once by device, boot and sequence. */
const retryLines = ["option redispatch 1", "retries 2", "retry-on conn-failure empty-response"]

/** The same processes with a time limit that fits the devices. */
function postsBackend({ upstreams }: HaproxySite, id: string): string[] {
    const servers = serverNames(upstreams)
    return section(`backend ${id}_posts`, [
        "balance roundrobin",
        `timeout server ${POST_TIMEOUT_S}s`,
        ...retryLines,
        ...servers.map(({ name, place }) => `server ${name} ${place} track ${id}/${name}`),
        ...servers.map(({ name, place }) => `server ${name}-unready ${place} backup`),
    ])
}
