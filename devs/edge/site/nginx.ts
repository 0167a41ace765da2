/** The site for nginx: one file for its `http` block. Directives: https://nginx.org/en/docs/dirindex.html */
import path from "node:path"
import { type ProxyProblem, proxyProblems } from "./problems.ts"
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
    MAX_CONNECTION_S,
    MAX_PER_ADDRESS,
    MAX_REQUESTS,
    NEXT_UPSTREAM_S,
    POST_TIMEOUT_S,
    portSuffix,
    READ_TIMEOUT_S,
    requireSite,
    type Site,
    STREAM_PATH,
    siteId,
    TLS12_SUITES,
    TRANSPORT_SECURITY,
    WRITTEN_BY,
} from "./site.ts"

/** Debian 12 has 1.22. From 1.25.1 on, `http2` is a directive of its own, and the parameter of `listen` deprecated. */
export const nginxVersions = ["1.22", "mainline"] as const
export type NginxVersion = (typeof nginxVersions)[number]

export interface NginxSite extends Site {
    version: NginxVersion
    /** folder into which ACME clients write challenges; absolute */
    webroot: string
}

/** Folder for the operator's own lines, in the server of port 443: all its *.conf. */
export const ownLinesFolder = (folder: string): string => path.join(folder, "airpin.d")

/**
 * The site's text.
 *
 * @throws AirpinError SITE_INVALID, SERVER_NAME_INVALID
 */
export function nginxText(site: NginxSite): string {
    requireSite(site, [site.folder, site.webroot, ...(site.rsaFolder ? [site.rsaFolder] : [])])
    const parts = [
        [
            `${WRITTEN_BY} nginx: do not change it, it is written anew. Your own lines for the server of`,
            `# port ${site.httpsPort} belong into ${ownLinesFolder(site.folder)}/*.conf. Include this file in http { }.`,
        ],
        upstream(site),
        maps(site),
        redirectServer(site),
        ...(site.isDefault ? [defaultServer(site)] : []),
        mainServer(site),
    ]
    return `${parts.map(lines => lines.join("\n")).join("\n\n")}\n`
}

const block = (head: string, ...lines: string[][]): string[] => [
    `${head} {`,
    ...lines.flat().map(line => (line === "" ? "" : `    ${line}`)),
    "}",
]

/**
 * Passive health checks: an upstream that fails three times in 10 s is left out for 10 s. With a single upstream nginx
 * ignores both. Idle connections close before the API's two hours are over.
 */
function upstream({ names, upstreams }: NginxSite): string[] {
    const servers = upstreams.map(place => `server ${place} max_fails=3 fail_timeout=10s;`)
    return block(`upstream ${siteId(names)}`, [
        `zone ${siteId(names)}_upstream 64k;`,
        ...servers,
        "keepalive 64;",
        "keepalive_timeout 10m;",
    ])
}

function maps({ names }: NginxSite): string[] {
    const id = siteId(names)
    return [
        "# The API's own header passes; responses of nginx itself get one too.",
        ...block(`map $upstream_http_strict_transport_security $${id}_hsts`, [`"" "${TRANSPORT_SECURITY}";`]),
        `limit_conn_zone $binary_remote_addr zone=${id}_address:4m;`,
    ]
}

const listen = ({ addresses }: NginxSite, port: number, more: string): string[] =>
    addresses.map(address => `listen ${address}:${port}${more};`)

function listenTls(site: NginxSite, more: string): string[] {
    if (site.version === "1.22") return listen(site, site.httpsPort, ` ssl http2${more}`)
    return [...listen(site, site.httpsPort, ` ssl${more}`), "http2 on;"]
}

function redirectServer(site: NginxSite): string[] {
    const { names, webroot, httpsPort } = site
    return block(
        "server",
        listen(site, site.httpPort, ""),
        [`server_name ${names.join(" ")};`, "server_tokens off;", ""],
        block(`location ^~ ${CHALLENGE_PATH}`, [
            `root ${webroot};`,
            "default_type text/plain;",
            "try_files $uri =404;",
        ]),
        block("location /", [`return 301 https://$host${portSuffix(httpsPort, 443)}$request_uri;`]),
    )
}

/** 444 closes the connection. 421 is for a client that names one host in TLS and another one in HTTP (RFC 9110). */
function defaultServer(site: NginxSite): string[] {
    return [
        "# Other names than those of this site.",
        ...block("server", listen(site, site.httpPort, " default_server"), ["server_name _;", "return 444;"]),
        "",
        ...block("server", listenTls(site, " default_server"), [
            "server_name _;",
            "server_tokens off;",
            "ssl_reject_handshake on;",
            ...tlsOffer(site),
            "return 421;",
        ]),
    ]
}

function mainServer(site: NginxSite): string[] {
    const { names, folder } = site
    const id = siteId(names)
    return block(
        "server",
        listenTls(site, ""),
        [`server_name ${names.join(" ")};`, "server_tokens off;", ""],
        tls(site),
        [""],
        connections(id),
        [""],
        compression(),
        [""],
        passing(site),
        ["", `add_header Strict-Transport-Security $${id}_hsts always;`, ""],
        ...BATCH_PATHS.map(place => batchLocation(id, place)),
        streamLocation(id),
        block("location /api/", [`proxy_pass http://${id};`, ...errorPages()]),
        linkLocation(id),
        block("location /", [`proxy_pass http://${id};`]),
        proxyProblems.flatMap(problemLocation),
        ["", `include ${ownLinesFolder(folder)}/*.conf;`],
    )
}

/**
 * nginx sends each handshake message in one record (OpenSSL's fragments of 16 kB): `ssl_buffer_size` is only for what
 * follows the handshake. No tickets: the chip asks for one in each handshake and never uses it, and a ticket's key is
 * the secret of all sessions. No OCSP: the chip does not ask for it, and Let's Encrypt has none.
 */
function tls(site: NginxSite): string[] {
    const { folder, rsaFolder } = site
    const certificates = [folder, ...(rsaFolder ? [rsaFolder] : [])].flatMap(place => {
        const { chain, key } = liveFiles(place)
        return [`ssl_certificate ${chain};`, `ssl_certificate_key ${key};`]
    })
    return [...certificates, ...tlsOffer(site)]
}

/** In the default server too: OpenSSL takes versions and groups from there, before it knows the name. */
function tlsOffer({ names }: NginxSite): string[] {
    return [
        "ssl_protocols TLSv1.2 TLSv1.3;",
        `ssl_ciphers ${TLS12_SUITES.join(":")};`,
        "ssl_prefer_server_ciphers on;",
        `ssl_ecdh_curve ${GROUPS.join(":")};`,
        `ssl_session_cache shared:${siteId(names)}_tls:1m;`,
        "ssl_session_timeout 1h;",
        "ssl_session_tickets off;",
    ]
}

/** With nginx's default of 75 s, each post of a device would begin with a handshake. */
function connections(id: string): string[] {
    return [
        `keepalive_timeout ${KEEP_ALIVE_S}s;`,
        `keepalive_time ${MAX_CONNECTION_S}s;`,
        `keepalive_requests ${MAX_REQUESTS};`,
        `client_header_timeout ${CLIENT_TIMEOUT_S}s;`,
        `client_body_timeout ${CLIENT_TIMEOUT_S}s;`,
        `send_timeout ${CLIENT_TIMEOUT_S}s;`,
        `client_max_body_size ${MAX_BODY_BYTES};`,
        `client_body_buffer_size ${MAX_BATCH_BYTES};`,
        `limit_conn ${id}_address ${MAX_PER_ADDRESS};`,
    ]
}

/** What the API has not compressed itself. Streams of events are not in the list. */
function compression(): string[] {
    return [
        "gzip on;",
        "gzip_vary on;",
        "gzip_proxied any;",
        "gzip_min_length 1024;",
        "gzip_types text/plain text/css text/csv text/javascript application/javascript application/json application/problem+json image/svg+xml;",
    ]
}

/**
 * Addresses are overwritten: what a client claims about itself is dropped. A request that failed at one upstream goes to
 * the next one, a post too: the API stores a reading once by device, boot and sequence, whatever was stored before.
 */
function passing({ httpsPort }: NginxSite): string[] {
    const host = `$host${portSuffix(httpsPort, 443)}`
    return [
        "proxy_http_version 1.1;",
        'proxy_set_header Connection "";',
        `proxy_set_header Host ${host};`,
        `proxy_set_header X-Forwarded-Host ${host};`,
        "proxy_set_header X-Forwarded-Proto https;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Real-IP $remote_addr;",
        'proxy_set_header Forwarded "";',
        `proxy_connect_timeout ${CONNECT_TIMEOUT_S}s;`,
        `proxy_read_timeout ${READ_TIMEOUT_S}s;`,
        `proxy_send_timeout ${CLIENT_TIMEOUT_S}s;`,
        "proxy_next_upstream error timeout non_idempotent;",
        "proxy_next_upstream_tries 2;",
        `proxy_next_upstream_timeout ${NEXT_UPSTREAM_S}s;`,
        "# an export goes to the client as fast as it takes it, and never to the disk",
        "proxy_max_temp_file_size 0;",
    ]
}

/** Devices show nothing and pay for each byte, so no header is added to their responses. */
function batchLocation(id: string, place: string): string[] {
    return block(`location = ${place}`, [
        `proxy_pass http://${id};`,
        `proxy_read_timeout ${POST_TIMEOUT_S}s;`,
        `client_max_body_size ${MAX_BATCH_BYTES};`,
        'add_header Strict-Transport-Security "";',
        "gzip off;",
        ...errorPages(),
    ])
}

function streamLocation(id: string): string[] {
    return block(`location = ${STREAM_PATH}`, [
        `proxy_pass http://${id};`,
        "proxy_buffering off;",
        "gzip off;",
        ...errorPages(),
    ])
}

/** Its path is a secret, which belongs into no log. */
function linkLocation(id: string): string[] {
    return block(`location ${LINK_PATH}`, [`proxy_pass http://${id};`, "access_log off;", "error_log /dev/null;"])
}

const errorPages = () => proxyProblems.map(({ status }) => `error_page ${status} @airpin_${status};`)

function problemLocation({ status, body, retryAfterS }: ProxyProblem): string[] {
    const retryAfter = retryAfterS === undefined ? [] : [`add_header Retry-After ${retryAfterS} always;`]
    return block(`location @airpin_${status}`, [
        "default_type application/problem+json;",
        ...retryAfter,
        `add_header Strict-Transport-Security "${TRANSPORT_SECURITY}" always;`,
        "add_header Cache-Control no-store always;",
        `return ${status} '${body}';`,
    ])
}
