import path from "node:path"
import type { Link } from "./link.ts"

/**
 * Time without a sign of life after which the primary is replaced, and how often Patroni looks. Patroni's defaults are
 * 30, 10 and 10 s; its rule ttl >= loop_wait + 2 * retry_timeout holds here too.
 */
export const TTL_S = 10
const LOOP_WAIT_S = 2
const RETRY_TIMEOUT_S = 3
/** PostgreSQL takes a replication connection for dead after so long without a reply; the default is 60. */
export const REPLICATION_TIMEOUT_S = 8
/** A primary that crashed may take so long to start again before another takes its place; the default is 300. */
const PRIMARY_START_TIMEOUT_S = 20
const MAX_LAG_ON_FAILOVER_BYTES = 1_048_576

export interface Passwords {
    superuser: string
    replication: string
    airpin: string
}

export interface NodePorts {
    postgres: number
    rest: number
}

/** The two ways in which Patroni talks to etcd, as its configuration names them. */
export const etcdApis = ["etcd", "etcd3"] as const
export type EtcdApi = (typeof etcdApis)[number]

export interface ConfigurationOptions {
    name: string
    etcdApi: EtcdApi
    folder: string
    postgresBin: string
    passwords: Passwords
    ports: NodePorts
    links: { replication: Link; rest: Link; etcd: Link[] }
}

/** The configuration of Patroni 3.0 for a node: https://patroni.readthedocs.io/en/rel_3_0/patroni_configuration.html */
export function patroniConfiguration(options: ConfigurationOptions) {
    const { name, etcdApi, folder, postgresBin, passwords, ports, links } = options
    return {
        scope: "airpin",
        name,
        restapi: { listen: `127.0.0.1:${ports.rest}`, connect_address: `127.0.0.1:${links.rest.port}` },
        // Without use_proxies, Patroni would ask etcd for the members' own addresses, and go around the links.
        [etcdApi]: { hosts: links.etcd.map(link => `127.0.0.1:${link.port}`), use_proxies: true },
        bootstrap: {
            dcs: {
                ttl: TTL_S,
                loop_wait: LOOP_WAIT_S,
                retry_timeout: RETRY_TIMEOUT_S,
                maximum_lag_on_failover: MAX_LAG_ON_FAILOVER_BYTES,
                primary_start_timeout: PRIMARY_START_TIMEOUT_S,
                synchronous_mode: true,
                synchronous_mode_strict: true,
                postgresql: { use_pg_rewind: true, use_slots: true, parameters: sharedParameters },
            },
            // no-sync: a cluster that is lost in a power cut while it is made is made again.
            initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums", "no-sync"],
            pg_hba: ["local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"].concat(
                "host replication replicator 127.0.0.1/32 scram-sha-256",
            ),
        },
        postgresql: {
            listen: `127.0.0.1:${ports.postgres}`,
            connect_address: `127.0.0.1:${links.replication.port}`,
            data_dir: path.join(folder, name),
            bin_dir: postgresBin,
            basebackup: [{ checkpoint: "fast" }, "no-sync"],
            pgpass: path.join(folder, `${name}.pgpass`),
            parameters: { unix_socket_directories: folder },
            authentication: {
                superuser: { username: "postgres", password: passwords.superuser },
                replication: { username: "replicator", password: passwords.replication },
            },
            remove_data_directory_on_rewind_failure: true,
            remove_data_directory_on_diverged_timelines: true,
        },
        watchdog: { mode: "off" },
    }
}

const sharedParameters = {
    max_connections: 60,
    shared_buffers: "32MB",
    max_wal_size: "256MB",
    wal_keep_size: "256MB",
    wal_sender_timeout: `${REPLICATION_TIMEOUT_S}s`,
    wal_receiver_timeout: `${REPLICATION_TIMEOUT_S}s`,
    wal_retrieve_retry_interval: "1s",
    log_checkpoints: "off",
}
