// The types of /openapi.json, made by: npm run client. Do not edit.

/** Problem details (RFC 9457). Devices get only `rejected`, `code` and `message`. */
export type Problem = {
    /** where the server describes the error, relative to its address */
    type?: string
    /** what the code means in general */
    title?: string
    /** the HTTP status */
    status?: number
    /** what is wrong, with its values */
    detail?: string
    /** sequence number of the reading that the batch is refused for; the device drops it */
    rejected?: number
    /** stable; `airpin errors` lists all */
    code: string
    /** the same as `detail` */
    message: string
}

export type Reading = {
    /** end of the interval, Unix seconds */
    time: number
    boot: string
    seq: number
    /** CO2 in ppm */
    co2Ppm: number | null
    /** eCO2 in ppm */
    eco2Ppm: number | null
    /** TVOC in ppb */
    tvocPpb: number | null
    /** Temperature in °C */
    temperatureC: number | null
    /** Humidity in %RH */
    humidityRh: number | null
}

export type MeanReading = {
    /** end of the step, Unix seconds */
    time: number
    /** readings in the mean */
    count: number
    /** CO2 in ppm */
    co2Ppm: number | null
    /** eCO2 in ppm */
    eco2Ppm: number | null
    /** TVOC in ppb */
    tvocPpb: number | null
    /** Temperature in °C */
    temperatureC: number | null
    /** Humidity in %RH */
    humidityRh: number | null
}

export type Device = {
    id: string
    name: string
    /** Unix seconds */
    createdAt: number
    /** Unix seconds */
    revokedAt: number | null
    /** Unix seconds */
    lastSeenAt: number | null
    /** readings the device dropped before it could send them */
    lost: number
    /** of those lost: rejected by the server */
    rejected: number
    /** of those lost: without a known time */
    undated: number
    /** of those lost: damaged in flash */
    damaged: number
    /** seconds by which the times may be off, at most */
    timeUncertaintyS: number
    /** intervals without a reading around power cuts */
    gap: number
    latest: {
        /** end of the interval, Unix seconds */
        time: number
        boot: string
        seq: number
        /** CO2 in ppm */
        co2Ppm: number | null
        /** eCO2 in ppm */
        eco2Ppm: number | null
        /** TVOC in ppb */
        tvocPpb: number | null
        /** Temperature in °C */
        temperatureC: number | null
        /** Humidity in %RH */
        humidityRh: number | null
        /** seconds since then */
        age: number
    } | null
    /** the lowest CO2 of the last 7 days; null if none was measured. Far from outdoor air, about 420 ppm, the sensor drifts or the room was never aired. */
    lowestCo2: {
        ppm: number
        /** end of the hour in which it was measured, Unix seconds */
        at: number
        /** hours of these days in which CO2 was measured */
        hours: number
    } | null
    /** the last reported status; an absent count is 0 */
    status: {
        /** when it was received, Unix seconds */
        at: number
        /** seconds since then */
        age: number
        /** parts that were left out because this server does not understand them */
        unread: (string)[]
        /** seconds since the program started */
        uptimeS?: number
        /** why it restarted itself: uptime, stalled, settings; without it: switched on or reset */
        restartReason?: string
        /** readings waiting in RAM, besides those of the batch */
        ram?: number
        /** readings waiting in flash only */
        flash?: number
        /** Wi-Fi signal, dBm */
        rssi?: number
        /** successful TLS handshakes since the start */
        handshakes?: number
        /** failed TLS handshakes since the start */
        handshakeFailures?: number
        /** seconds since the last failed TLS handshake */
        handshakeFailureAgeS?: number
        /** failed attempts in a row before this post */
        failures?: number
        /** how the last of them failed: state and reason of the uplink */
        lastError?: string
        /** by name, 1 to 16 of 0-9 and a-z: every sensor that has responded since the start */
        sensors?: {
            [name: string]: {
                /** absent, starting, warming or failed; without it: ready */
                state?: string
                /** measurements since the start: not acknowledged */
                nack?: number
                /** with a bad checksum */
                crc?: number
                /** with nothing new */
                stale?: number
                /** with an impossible value */
                range?: number
                /** true: the sensor failed its self-test */
                selfTestFailed?: boolean
                /** change by the last recalibration, ppm; or done, refused */
                recalibrated?: number | string
            }
        }
    } | null
    /** number of boots of which readings are stored */
    boots: number
    /** number of starts by restart reason: uptime, stalled, settings; power: switched on or reset; unknown: the reason could not be read */
    starts: {
        [name: string]: number
    }
    /** settings of `airpin device set`; pending until `applied.revision` equals `revision` */
    settings: {
        revision: number
        /** Unix seconds */
        setAt: number
        desired: {
            /** 5 to 3600 */
            INTERVAL_S?: number
            /** 1 to 30 */
            BATCH?: number
            /** 0 to 3000 */
            ALTITUDE_M?: number
            /** 700 to 1200, or 0 */
            PRESSURE_HPA?: number
            /** 0 to 1 */
            ASC?: number
            /** 0 to 1 */
            LOW_POWER?: number
            /** 400 to 5000 */
            CO2_FAIR_PPM?: number
            /** 400 to 5000 */
            CO2_POOR_PPM?: number
            /** 400 to 2000 */
            RECALIBRATE_PPM?: number
            /** 0 to 100 */
            LIGHT?: number
            /** 0 to 23 */
            NIGHT_FROM_H?: number
            /** 0 to 23 */
            NIGHT_TO_H?: number
            /** 0 to 100 */
            NIGHT_LIGHT?: number
            /** 0 to 1 */
            TONE?: number
            /** 0 to 1440 */
            TONE_REPEAT_MIN?: number
            /** 0 to 23 */
            QUIET_FROM_H?: number
            /** 0 to 23 */
            QUIET_TO_H?: number
            /** -720 to 840 */
            UTC_OFFSET_MIN?: number
            /** 180 to 180, or 0 */
            SCREEN_ROTATION?: number
            /** 0 to 1, or 2 */
            SCREEN_BGR?: number
            /** 0 to 1, or 2 */
            SCREEN_INVERT?: number
        }
        /** the device's last report about its settings */
        applied: {
            revision: number
            /** Unix seconds */
            at: number
            refused: (string)[]
        } | null
    } | null
    /** of rooms, from the largest part: Building A / Floor 1 */
    group: string | null
    limits: {
        /** from here the air is fair */
        fairPpm: number
        /** from here the air is poor */
        poorPpm: number
    }
}

export type WallRoom = {
    id: string
    name: string
    /** parts by ' / ', as Building A / Floor 1 */
    group: string | null
    /** the air is fair and poor from here, CO2 in ppm */
    limits: {
        fairPpm: number
        poorPpm: number
    }
    /** end of the latest reading, Unix seconds */
    at: number | null
    /** its CO2 in ppm */
    ppm: number | null
    /** ppm is eCO2, an estimate: the device measured no CO2 in the last day */
    estimated: boolean
    temperatureC: number | null
    humidityRh: number | null
    /** the mean of the last 3 minutes minus that of 3 minutes 15 minutes earlier */
    trendPpm: number | null
    level: "good" | "fair" | "poor" | null
    /** end of the first reading, Unix seconds, since which it is fair or worse, or since which it is poor; within the day before `at`; null if it is good */
    levelSince: number | null
    /** three posts are missing then, Unix seconds, unless the device posts; null before its first post */
    silentFrom: number | null
    sensorFailed: boolean
}

/** which devices there are */
export type StreamDevices = {
    /** Unix seconds */
    now: number
    ids: (string)[]
}

/** a device that has posted or changed */
export type StreamDevice = {
    /** Unix seconds */
    now: number
    device: Device
}

/** which rooms there are */
export type StreamRooms = {
    /** Unix seconds */
    now: number
    ids: (string)[]
}

/** a room that has changed: members of its WallRoom, to be merged into what is known */
export type StreamRoom = {
    /** Unix seconds */
    now: number
    room: {
        id: string
        name?: string
        /** parts by ' / ', as Building A / Floor 1 */
        group?: string | null
        /** the air is fair and poor from here, CO2 in ppm */
        limits?: {
            fairPpm: number
            poorPpm: number
        }
        /** end of the latest reading, Unix seconds */
        at?: number | null
        /** its CO2 in ppm */
        ppm?: number | null
        /** ppm is eCO2, an estimate: the device measured no CO2 in the last day */
        estimated?: boolean
        temperatureC?: number | null
        humidityRh?: number | null
        /** the mean of the last 3 minutes minus that of 3 minutes 15 minutes earlier */
        trendPpm?: number | null
        level?: "good" | "fair" | "poor" | null
        /** end of the first reading, Unix seconds, since which it is fair or worse, or since which it is poor; within the day before `at`; null if it is good */
        levelSince?: number | null
        /** three posts are missing then, Unix seconds, unless the device posts; null before its first post */
        silentFrom?: number | null
        sensorFailed?: boolean
    }
}

/** the server and its database respond */
export type StreamTime = {
    /** Unix seconds */
    now: number
}

export interface paths {
    "/api/v1/session": {
        /** Who is logged in */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            role: "none" | "anonymous" | "viewer" | "admin"
                            /** of the admin or the link */
                            name?: string
                            /** id of the only device that the link shows */
                            device?: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/readings": {
        /** Store a batch of readings */
        post: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            requestBody: {
                content: {
                    "application/json": {
                        /** boot id, never reused by the device */
                        boot: string
                        /** sequence number of the first reading in this boot */
                        seq: number
                        /** end of the first reading's interval, Unix seconds */
                        time?: number
                        /** seconds from the end of the first interval to the sending; required without time, and beside it the device's clock: time + age */
                        age?: number
                        /** seconds from one reading's end to the next */
                        step: number
                        /** intervals without a reading between the last one kept of the boot before and this boot's first, including those taken in between and lost */
                        gap?: number
                        /** readings the device dropped before it could send them */
                        lost?: number
                        /** of those lost: rejected by the server */
                        rejected?: number
                        /** of those lost: without a known time */
                        undated?: number
                        /** of those lost: damaged in flash */
                        damaged?: number
                        /** seconds by which the times may be off, at most */
                        timeUncertaintyS?: number
                        /** CO2 in ppm, one per reading; null where not measured */
                        co2Ppm?: (number | null)[]
                        /** eCO2 in ppm, one per reading; null where not measured */
                        eco2Ppm?: (number | null)[]
                        /** TVOC in ppb, one per reading; null where not measured */
                        tvocPpb?: (number | null)[]
                        /** Temperature in °C, one per reading; null where not measured */
                        temperatureC?: (number | null)[]
                        /** Humidity in %RH, one per reading; null where not measured */
                        humidityRh?: (number | null)[]
                        /** Status of the device. A part that does not fit the first form is left out and listed in `unread` of the device; it never causes the readings to be rejected. */
                        status?: {
                            /** seconds since the program started */
                            uptimeS: number
                            /** why it restarted itself: uptime, stalled, settings; without it: switched on or reset */
                            restartReason?: string
                            /** readings waiting in RAM, besides those of the batch */
                            ram?: number
                            /** readings waiting in flash only */
                            flash?: number
                            /** Wi-Fi signal, dBm */
                            rssi?: number
                            /** successful TLS handshakes since the start */
                            handshakes?: number
                            /** failed TLS handshakes since the start */
                            handshakeFailures?: number
                            /** seconds since the last failed TLS handshake */
                            handshakeFailureAgeS?: number
                            /** failed attempts in a row before this post */
                            failures?: number
                            /** how the last of them failed: state and reason of the uplink */
                            lastError?: string
                            /** by name, 1 to 16 of 0-9 and a-z: every sensor that has responded since the start */
                            sensors?: {
                                [name: string]: {
                                    /** absent, starting, warming or failed; without it: ready */
                                    state?: string
                                    /** measurements since the start: not acknowledged */
                                    nack?: number
                                    /** with a bad checksum */
                                    crc?: number
                                    /** with nothing new */
                                    stale?: number
                                    /** with an impossible value */
                                    range?: number
                                    /** true: the sensor failed its self-test */
                                    selfTestFailed?: boolean
                                    /** change by the last recalibration, ppm; or done, refused */
                                    recalibrated?: number | string
                                }
                            }
                            /** settings that were applied */
                            settings?: {
                                revision: number
                                /** names that the device does not know, or whose value it refused */
                                refused?: (string)[]
                            }
                        } | unknown
                    }
                }
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            ack: number
                            /** desired settings, sent in response to a status until the device reports that it applied this revision */
                            desired?: {
                                revision: number
                                /** 5 to 3600 */
                                INTERVAL_S?: number
                                /** 1 to 30 */
                                BATCH?: number
                                /** 0 to 3000 */
                                ALTITUDE_M?: number
                                /** 700 to 1200, or 0 */
                                PRESSURE_HPA?: number
                                /** 0 to 1 */
                                ASC?: number
                                /** 0 to 1 */
                                LOW_POWER?: number
                                /** 400 to 5000 */
                                CO2_FAIR_PPM?: number
                                /** 400 to 5000 */
                                CO2_POOR_PPM?: number
                                /** 400 to 2000 */
                                RECALIBRATE_PPM?: number
                                /** 0 to 100 */
                                LIGHT?: number
                                /** 0 to 23 */
                                NIGHT_FROM_H?: number
                                /** 0 to 23 */
                                NIGHT_TO_H?: number
                                /** 0 to 100 */
                                NIGHT_LIGHT?: number
                                /** 0 to 1 */
                                TONE?: number
                                /** 0 to 1440 */
                                TONE_REPEAT_MIN?: number
                                /** 0 to 23 */
                                QUIET_FROM_H?: number
                                /** 0 to 23 */
                                QUIET_TO_H?: number
                                /** -720 to 840 */
                                UTC_OFFSET_MIN?: number
                                /** 180 to 180, or 0 */
                                SCREEN_ROTATION?: number
                                /** 0 to 1, or 2 */
                                SCREEN_BGR?: number
                                /** 0 to 1, or 2 */
                                SCREEN_INVERT?: number
                            }
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "BODY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "TOKEN_MISSING" | "TOKEN_UNKNOWN"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "TOKEN_REVOKED"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                409: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_CLOCK_WRONG"
                        }
                    }
                }
                413: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "BODY_TOO_LARGE" | "BATCH_TOO_LONG"
                        }
                    }
                }
                415: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "MEDIA_TYPE_UNSUPPORTED"
                        }
                    }
                }
                422: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "COLUMNS_MISSING" | "COLUMNS_DIFFER" | "TIME_OR_AGE" | "TIME_OUT_OF_RANGE" | "VALUE_OUT_OF_RANGE"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT" | "DEVICE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "STORE_NOT_DURABLE" | "SERVER_CLOCK_WRONG"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices": {
        /** Every device with its latest reading, status and settings */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            devices: (Device)[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
        /** Add a device; its token is shown this once */
        post: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            requestBody: {
                content: {
                    "application/json": {
                        name: string
                    }
                }
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            id: string
                            /** 32 characters of base64url; it cannot be asked for again */
                            token: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "BODY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                409: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_EXISTS"
                        }
                    }
                }
                413: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "BODY_TOO_LARGE"
                        }
                    }
                }
                415: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "MEDIA_TYPE_UNSUPPORTED"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}": {
        /** One device with its latest reading, status and settings */
        get: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            device: Device
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
        /** Give a device another name; its id stays */
        patch: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            requestBody: {
                content: {
                    "application/json": {
                        name: string
                    }
                }
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            id: string
                            name: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "BODY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                413: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "BODY_TOO_LARGE"
                        }
                    }
                }
                415: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "MEDIA_TYPE_UNSUPPORTED"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/latest": {
        /** The latest reading of a device */
        get: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            device: string
                            /** readings the device dropped before it could send them */
                            lost: number
                            latest: {
                                /** end of the interval, Unix seconds */
                                time: number
                                boot: string
                                seq: number
                                /** CO2 in ppm */
                                co2Ppm: number | null
                                /** eCO2 in ppm */
                                eco2Ppm: number | null
                                /** TVOC in ppb */
                                tvocPpb: number | null
                                /** Temperature in °C */
                                temperatureC: number | null
                                /** Humidity in %RH */
                                humidityRh: number | null
                                /** seconds since then */
                                age: number
                            } | null
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/readings": {
        /** Readings of a device in the order of time, or their means */
        get: {
            parameters: {
                query?: {
                    /** start: ISO 8601 with a time zone, a date (UTC), or Unix seconds */
                    from?: string
                    /** end, inclusive; in the same forms */
                    to?: string
                    /** seconds per row: each row is the mean of the readings that ended in the step up to `time`; over more than 35 days a multiple of 300 */
                    step?: string
                    /** `next` of the previous page; not together with step */
                    after?: string
                }
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            device: string
                            /** Unix seconds */
                            from: number
                            /** Unix seconds */
                            to: number
                            readings: (Reading | MeanReading)[]
                            /** null on the last page */
                            next: string | null
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "TIME_UNREADABLE" | "RANGE_REVERSED" | "STEP_INVALID" | "RANGE_TOO_LONG" | "AFTER_INVALID"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/readings.csv": {
        /** Readings of a device, or their means, as CSV */
        get: {
            parameters: {
                query?: {
                    /** start: ISO 8601 with a time zone, a date (UTC), or Unix seconds */
                    from?: string
                    /** end, inclusive; in the same forms */
                    to?: string
                    /** seconds per row: each row is the mean of the readings that ended in the step up to its time; over more than 7 days a multiple of 300 */
                    step?: string
                    /** comma-separated names from: time,device,co2Ppm,eco2Ppm,tvocPpb,temperatureC,humidityRh,count; `count` only with step */
                    columns?: string
                    /** time zone of the times, as Europe/Berlin; UTC without it */
                    zone?: string
                }
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "text/csv": string
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "TIME_UNREADABLE" | "RANGE_REVERSED" | "STEP_INVALID" | "RANGE_TOO_LONG" | "COLUMN_UNKNOWN" | "ZONE_UNKNOWN"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/readings.lp": {
        /** Readings of a device, or their means, in InfluxDB line protocol */
        get: {
            parameters: {
                query?: {
                    /** start: ISO 8601 with a time zone, a date (UTC), or Unix seconds */
                    from?: string
                    /** end, inclusive; in the same forms */
                    to?: string
                    /** seconds per row: each row is the mean of the readings that ended in the step up to its time; over more than 7 days a multiple of 300 */
                    step?: string
                }
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "text/plain": string
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "TIME_UNREADABLE" | "RANGE_REVERSED" | "STEP_INVALID" | "RANGE_TOO_LONG"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/wall": {
        /** Every room with what a person needs to see of it: air, trend, since when it is bad */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            site: {
                                name: string
                                /** IANA name */
                                timeZone: string
                            }
                            rooms: (WallRoom)[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/events": {
        /** What happened in a room: airings, starts, gaps with their causes, and the air in lessons */
        get: {
            parameters: {
                query?: {
                    /** start: ISO 8601 with a time zone, a date (UTC), or Unix seconds */
                    from?: string
                    /** end, inclusive; in the same forms */
                    to?: string
                }
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            device: string
                            /** Unix seconds */
                            from: number
                            /** Unix seconds */
                            to: number
                            /** steep falls of CO2; null for ranges of more than 35 days */
                            airings: ({
                                /** Unix seconds */
                                from: number
                                /** Unix seconds */
                                to: number
                                /** ppm */
                                fromPpm: number
                                /** ppm */
                                toPpm: number
                            })[] | null
                            /** starts of the device, the newest 500; null for ranges of more than 35 days */
                            restarts: ({
                                /** end of its first reading, Unix seconds */
                                at: number
                                /** power: power-on or reset; null: only that of the latest start is known */
                                reason: string | null
                            })[] | null
                            /** times without CO2 of 5 minutes and three intervals at least; null for ranges of more than 35 days */
                            gaps: ({
                                /** Unix seconds */
                                from: number
                                /** Unix seconds; null: it goes on */
                                to: number | null
                                /** off: without power, or just started; lost: measured, but not kept; sensor: readings without CO2; silent: nothing has arrived since */
                                cause: "off" | "lost" | "sensor" | "silent"
                            })[] | null
                            /** the latest recalibration that was asked for through this server, if it is in the range */
                            calibrations: ({
                                /** Unix seconds */
                                at: number
                                /** the CO2 that the device was told, ppm */
                                ppm: number | null
                                /** correction by the sensor, ppm */
                                changePpm: number | null
                            })[]
                            lessons: {
                                /** mean in lessons, ppm; null without readings */
                                meanPpm: number | null
                                /** highest in lessons, ppm; null without readings */
                                maxPpm: number | null
                                /** minutes of lessons at or above the fair limit, by means over 5 minutes; those of poorMinutes too */
                                fairMinutes: number
                                /** minutes of lessons at or above the poor limit */
                                poorMinutes: number
                                /** minutes of lessons with readings */
                                measuredMinutes: number
                                /** minutes of lessons up to now */
                                lessonMinutes: number
                                /** the values are eCO2 */
                                estimated: boolean
                            }
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "TIME_UNREADABLE" | "RANGE_REVERSED" | "RANGE_TOO_LONG"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/school/week": {
        /** CO2 of each room in each hour of a week */
        get: {
            parameters: {
                query?: {
                    /** a local date in the week, which begins on Monday; without it the current week */
                    from?: string
                }
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** of the school; may be empty */
                            name: string
                            /** IANA name */
                            timeZone: string
                            /** of rooms without limits of their own, ppm */
                            limits: {
                                fairPpm: number
                                poorPpm: number
                            }
                            days: ({
                                /** local date: 2026-11-23 */
                                date: string
                                /** name of the holiday */
                                holiday: string | null
                                /** a day of the week with lessons, also in holidays */
                                isTaught: boolean
                                /** minutes of lessons in each local hour */
                                lessonMinutes: (number)[]
                            })[]
                            /** local hours in which the timetable's lessons lie */
                            hours: {
                                from: number
                                to: number
                            }
                            rooms: ({
                                id: string
                                name: string
                                /** like Building A / Floor 1 */
                                group: string | null
                                limits: {
                                    fairPpm: number
                                    poorPpm: number
                                }
                                /** the values are eCO2, because the room has no CO2 sensor */
                                estimated: boolean
                                /** mean for each day and local hour, 7 times 24; on the night when summer time ends, both hours from 2 to 3 are one */
                                meanPpm: ((number | null)[])[]
                                /** highest for each day and local hour, 7 times 24; on the night when summer time ends, both hours from 2 to 3 are one */
                                maxPpm: ((number | null)[])[]
                            })[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "TIME_UNREADABLE"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_LINK_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/school/month": {
        /** CO2 in the lessons of a month, by room and for the school */
        get: {
            parameters: {
                query?: {
                    /** like 2026-11, in the time zone of the school; without it the current month */
                    month?: string
                }
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** of the school; may be empty */
                            name: string
                            /** IANA name */
                            timeZone: string
                            /** of rooms without limits of their own, ppm */
                            limits: {
                                fairPpm: number
                                poorPpm: number
                            }
                            month: string
                            days: ({
                                /** local date: 2026-11-23 */
                                date: string
                                /** name of the holiday */
                                holiday: string | null
                                /** minutes of lessons up to now */
                                lessonMinutes: number
                            })[]
                            rooms: ({
                                id: string
                                name: string
                                /** like Building A / Floor 1 */
                                group: string | null
                                limits: {
                                    fairPpm: number
                                    poorPpm: number
                                }
                                /** the values are eCO2, because the room has no CO2 sensor */
                                estimated: boolean
                                /** mean in lessons, ppm; null without readings */
                                meanPpm: number | null
                                /** highest in lessons, ppm; null without readings */
                                maxPpm: number | null
                                /** minutes of lessons at or above the fair limit, by means over 5 minutes; those of poorMinutes too */
                                fairMinutes: number
                                /** minutes of lessons at or above the poor limit */
                                poorMinutes: number
                                /** minutes of lessons with readings */
                                measuredMinutes: number
                                /** minutes of lessons up to now */
                                lessonMinutes: number
                                /** days with lessons */
                                days: ({
                                    /** local date: 2026-11-23 */
                                    date: string
                                    /** mean in lessons, ppm; null without readings */
                                    meanPpm: number | null
                                    /** highest in lessons, ppm; null without readings */
                                    maxPpm: number | null
                                    /** minutes of lessons at or above the fair limit, by means over 5 minutes; those of poorMinutes too */
                                    fairMinutes: number
                                    /** minutes of lessons at or above the poor limit */
                                    poorMinutes: number
                                    /** minutes of lessons with readings */
                                    measuredMinutes: number
                                    /** minutes of lessons up to now */
                                    lessonMinutes: number
                                })[]
                            })[]
                            /** minutes are those of all rooms together */
                            school: {
                                /** mean in lessons, ppm; null without readings */
                                meanPpm: number | null
                                /** highest in lessons, ppm; null without readings */
                                maxPpm: number | null
                                /** minutes of lessons at or above the fair limit, by means over 5 minutes; those of poorMinutes too */
                                fairMinutes: number
                                /** minutes of lessons at or above the poor limit */
                                poorMinutes: number
                                /** minutes of lessons with readings */
                                measuredMinutes: number
                                /** minutes of lessons up to now */
                                lessonMinutes: number
                                /** id of the room with the highest value */
                                maxRoom: string | null
                            }
                            /** ids of at most three rooms with the least time above the limits */
                            best: (string)[]
                            /** and of those with the most, the worst first */
                            worst: (string)[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "TIME_UNREADABLE"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_LINK_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/dev": {
        /** The latest reading, as the phone widgets of uPyCO2 read it */
        get: {
            parameters: {
                query?: {
                    deviceId?: string
                    /** token of a link */
                    key?: string
                }
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            device_id: string
                            /** TVOC in ppb; null if not measured */
                            tvoc: number | null
                            /** CO2 in ppm; its estimate where it is not measured */
                            eco2: number | null
                            /** end of the interval, Unix seconds */
                            epoch: number
                            /** the same as HTTP writes it: Wed, 15 Jan 2025 12:00:00 GMT */
                            timestamp: string
                            found: true
                        } | {
                            found: false
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/errors/{code}": {
        /** What an error code means, and what to do about it */
        get: {
            parameters: {
                query?: never
                path: {
                    code: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            code: string
                            /** HTTP status of the responses that have it */
                            status: number
                            title: string
                            /** what the reader can do about it */
                            next: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ERROR_CODE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/links": {
        /** The links with which people and tools read, without their tokens */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            links: ({
                                /** who has it */
                                name: string
                                /** admin: opening it logs in */
                                role: "viewer" | "admin"
                                /** id of the only device that it shows; null: every device */
                                device: string | null
                                /** Unix seconds */
                                createdAt: number
                                /** Unix seconds */
                                expiresAt: number | null
                                /** Unix seconds */
                                revokedAt: number | null
                                /** it can be opened only once */
                                once: boolean
                                /** when it was opened, if it can be only once; Unix seconds */
                                openedAt: number | null
                            })[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
        /** Make a link; its token is shown this once */
        post: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            requestBody: {
                content: {
                    "application/json": {
                        name: string
                        device?: string
                        days?: number
                    }
                }
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** of the link, below the address of the server */
                            path: string
                            /** for tools, as Authorization: Bearer */
                            token: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "BODY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                409: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "LINK_EXISTS"
                        }
                    }
                }
                413: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "BODY_TOO_LARGE"
                        }
                    }
                }
                415: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "MEDIA_TYPE_UNSUPPORTED"
                        }
                    }
                }
                422: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "VALUE_OUT_OF_RANGE"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/links/{name}": {
        /** Revoke a link, and what was opened with it */
        delete: {
            parameters: {
                query?: never
                path: {
                    name: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            name: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "LINK_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/pins": {
        /** What a device trusts as flashed */
        get: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            device: string
                            /** null until the manifest of its image is stored */
                            pins: {
                                /** Unix seconds */
                                storedAt: number
                                imageFile: string
                                /** lower-case hex */
                                imageSha256: string
                                board: string
                                /** servers the anchors were chosen for */
                                hosts: (string)[]
                                /** of the bundle, by the first ESP-IDF of it */
                                format: "idf50" | "idf54"
                                anchors: ({
                                    subject: string
                                    /** lower-case hex */
                                    spkiSha256: string
                                    /** ISO 8601, UTC */
                                    notAfter: string
                                    /** YYYY-MM-DD: when others are expected to stop trusting it */
                                    trustEnds?: string
                                    /** issuer, presented, intermediate, backup or sibling */
                                    role: string
                                })[]
                                /** as flashed, base64 */
                                bundle: string
                            } | null
                            /** subject of the anchor through which it accepts the certificate in use; null: none, or not known */
                            usedAnchor: string | null
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/edge": {
        /** The certificate that airpin renew looks after, and what devices do with it */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            /** null if no round of airpin renew has reported here */
                            edge: {
                                version: number
                                /** end of the round; ISO 8601, UTC */
                                at: string
                                names: (string)[]
                                outcome: "fine" | "failed" | "attention" | "refused"
                                reasons: (string)[]
                                /** in use; absent before the first certificate */
                                live?: {
                                    /** host of the CA's directory, or certbot */
                                    source: string
                                    /** default, or the alternate of the CA */
                                    label: string
                                    names: (string)[]
                                    keyType: string
                                    /** subjects, leaf first */
                                    path: (string)[]
                                    /** lower-case hex */
                                    leafSha256: string
                                    /** ISO 8601, UTC */
                                    notBefore: string
                                    /** ISO 8601, UTC */
                                    notAfter: string
                                    /** a real handshake has shown that it serves */
                                    verified: boolean
                                }
                                nextLook: {
                                    /** ISO 8601, UTC */
                                    at: string
                                    why: string
                                }
                                /** chains not used because devices would refuse them */
                                heldBack: ({
                                    source: string
                                    label: string
                                    keyType: string
                                    devices: ({
                                        id: string
                                        name: string
                                        reason: string
                                    })[]
                                    /** devices that would refuse it, or might, also those not named */
                                    count: number
                                })[]
                                /** since the certificate in use was deployed, latest first */
                                errors: ({
                                    /** ISO 8601, UTC */
                                    at: string
                                    code: string
                                    message: string
                                    nextStep: string
                                })[]
                                devices: ({
                                    id: string
                                    name: string
                                    /** unknown: its pins are not stored */
                                    stand: "accepts" | "refuses" | "unknown"
                                    /** subject of the anchor through which it accepts the chain */
                                    anchor?: string
                                    reason: string
                                })[]
                                /** of the certificate in use; null: there is none */
                                daysLeft: number | null
                                needsAction: boolean
                                /** what is wrong, or that nothing is, in plain words */
                                notice: string
                            } | null
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/alerts": {
        /** The open alerts, and those that ended */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            alerts: ({
                                id: string
                                /** co2, silent, sensor, certificate, pin, disk, clock or edge */
                                kind: string
                                deviceId: string | null
                                deviceName: string | null
                                /** Unix seconds */
                                openedAt: number
                                /** null: it is open */
                                resolvedAt: number | null
                                text: string
                                deliveries: ({
                                    channel: string
                                    /** raised or resolved */
                                    event: string
                                    /** pending, delivered, cancelled or failed */
                                    status: string
                                    attempts: number
                                    /** why the last attempt failed */
                                    error: string | null
                                })[]
                            })[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/anchors": {
        /** What devices trust as flashed, when it ends, and which devices hang on it */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            anchors: ({
                                subject: string
                                /** lower-case hex */
                                spkiSha256: string
                                /** its end, or when others are expected to stop trusting it; Unix seconds */
                                endsAt: number
                                devices: ({
                                    id: string
                                    name: string
                                })[]
                            })[]
                            /** devices whose pins are not stored */
                            unknown: ({
                                id: string
                                name: string
                            })[]
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/token": {
        /** Give a device a new token, shown this once, and refuse the old one */
        post: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            id: string
                            /** 32 characters of base64url; it cannot be asked for again */
                            token: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
        /** Refuse the token of a device from now on; its readings stay */
        delete: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            id: string
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/settings": {
        /** Set desired settings of a device, as airpin device set does */
        put: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            requestBody: {
                content: {
                    "application/json": {
                        /** 5 to 3600 */
                        INTERVAL_S?: number
                        /** 1 to 30 */
                        BATCH?: number
                        /** 0 to 3000 */
                        ALTITUDE_M?: number
                        /** 700 to 1200, or 0 */
                        PRESSURE_HPA?: number
                        /** 0 to 1 */
                        ASC?: number
                        /** 0 to 1 */
                        LOW_POWER?: number
                        /** 400 to 5000 */
                        CO2_FAIR_PPM?: number
                        /** 400 to 5000 */
                        CO2_POOR_PPM?: number
                        /** 400 to 2000 */
                        RECALIBRATE_PPM?: number
                        /** 0 to 100 */
                        LIGHT?: number
                        /** 0 to 23 */
                        NIGHT_FROM_H?: number
                        /** 0 to 23 */
                        NIGHT_TO_H?: number
                        /** 0 to 100 */
                        NIGHT_LIGHT?: number
                        /** 0 to 1 */
                        TONE?: number
                        /** 0 to 1440 */
                        TONE_REPEAT_MIN?: number
                        /** 0 to 23 */
                        QUIET_FROM_H?: number
                        /** 0 to 23 */
                        QUIET_TO_H?: number
                        /** -720 to 840 */
                        UTC_OFFSET_MIN?: number
                        /** 180 to 180, or 0 */
                        SCREEN_ROTATION?: number
                        /** 0 to 1, or 2 */
                        SCREEN_BGR?: number
                        /** 0 to 1, or 2 */
                        SCREEN_INVERT?: number
                        [name: string]: number
                    }
                }
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            revision: number
                            desired: {
                                /** 5 to 3600 */
                                INTERVAL_S?: number
                                /** 1 to 30 */
                                BATCH?: number
                                /** 0 to 3000 */
                                ALTITUDE_M?: number
                                /** 700 to 1200, or 0 */
                                PRESSURE_HPA?: number
                                /** 0 to 1 */
                                ASC?: number
                                /** 0 to 1 */
                                LOW_POWER?: number
                                /** 400 to 5000 */
                                CO2_FAIR_PPM?: number
                                /** 400 to 5000 */
                                CO2_POOR_PPM?: number
                                /** 400 to 2000 */
                                RECALIBRATE_PPM?: number
                                /** 0 to 100 */
                                LIGHT?: number
                                /** 0 to 23 */
                                NIGHT_FROM_H?: number
                                /** 0 to 23 */
                                NIGHT_TO_H?: number
                                /** 0 to 100 */
                                NIGHT_LIGHT?: number
                                /** 0 to 1 */
                                TONE?: number
                                /** 0 to 1440 */
                                TONE_REPEAT_MIN?: number
                                /** 0 to 23 */
                                QUIET_FROM_H?: number
                                /** 0 to 23 */
                                QUIET_TO_H?: number
                                /** -720 to 840 */
                                UTC_OFFSET_MIN?: number
                                /** 180 to 180, or 0 */
                                SCREEN_ROTATION?: number
                                /** 0 to 1, or 2 */
                                SCREEN_BGR?: number
                                /** 0 to 1, or 2 */
                                SCREEN_INVERT?: number
                            }
                            /** true: a recalibration that the device had not received is withdrawn */
                            withdrawn: boolean
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED" | "BODY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                409: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_REVOKED" | "RECALIBRATION_REFUSED"
                        }
                    }
                }
                413: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "BODY_TOO_LARGE"
                        }
                    }
                }
                415: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "MEDIA_TYPE_UNSUPPORTED"
                        }
                    }
                }
                422: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "SETTING_UNKNOWN" | "SETTING_OUT_OF_RANGE" | "SETTINGS_TOO_LONG"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/devices/{id}/recalibration": {
        /** Whether a device may be recalibrated from afar, and what became of the last time */
        get: {
            parameters: {
                query?: never
                path: {
                    id: string
                }
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** Unix seconds */
                            now: number
                            recalibration: {
                                /** why it would be refused now; empty: it would not */
                                obstacles: ("unmeasured" | "old" | "asked-today")[]
                                /** what the device accepts: within 200 ppm of what it measures */
                                fromPpm: number | null
                                /** the highest value that it accepts */
                                toPpm: number | null
                                /** CO2 of the last three minutes */
                                measuredPpm: number | null
                                /** true: it was within 75 ppm; the device waits half an hour for that */
                                isSteady: boolean | null
                                /** from when another one is accepted; null: now */
                                nextAt: number | null
                                /** null: none is known */
                                last: {
                                    outcome: "asked" | "refused-at-once" | "waiting" | "refused" | "done"
                                    /** Unix seconds */
                                    askedAt: number | null
                                    /** the CO2 that was given */
                                    ppm: number | null
                                    /** by how much the sensor was corrected */
                                    changePpm: number | null
                                } | null
                            }
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY"
                        }
                    }
                }
                404: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_UNKNOWN"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/site": {
        /** The school: its name, limits of CO2, lessons, holidays and rooms */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** of the document that was read; 0 before the first change */
                            revision: number
                            /** of the school; may be empty */
                            name: string
                            /** of pages and prints; null: that of the browser */
                            language: "en" | "de" | "fr" | "es" | "it" | "nl" | null
                            /** name of the IANA database, as Europe/Berlin */
                            timeZone: string
                            /** of CO2 in every room without limits of its own */
                            limits: {
                                /** from here the air is fair */
                                fairPpm: number
                                /** from here the air is poor */
                                poorPpm: number
                            }
                            lessons: {
                                /** days of the week from 1 for Monday */
                                days: (number)[]
                                hours: ({
                                    /** local time, 08:00; the end may be 24:00 */
                                    from: string
                                    /** local time, 08:00; the end may be 24:00 */
                                    to: string
                                })[]
                            }
                            holidays: ({
                                /** local date, inclusive */
                                from: string
                                /** local date, inclusive */
                                to: string
                                name: string
                            })[]
                            /** by the id of the device */
                            rooms: {
                                [name: string]: {
                                    /** parts from the largest, with / between them: Building A / Floor 1 */
                                    group?: string
                                    /** its own; those of the site when absent */
                                    limits?: {
                                        /** from here the air is fair */
                                        fairPpm: number
                                        /** from here the air is poor */
                                        poorPpm: number
                                    }
                                }
                            }
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE"
                        }
                    }
                }
            }
        }
        /** Change the site */
        put: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            requestBody: {
                content: {
                    "application/json": {
                        /** of the document that was read; 0 before the first change */
                        revision: number
                        /** of the school; may be empty */
                        name: string
                        /** of pages and prints; null: that of the browser */
                        language: "en" | "de" | "fr" | "es" | "it" | "nl" | null
                        /** name of the IANA database, as Europe/Berlin */
                        timeZone: string
                        /** of CO2 in every room without limits of its own */
                        limits: {
                            /** from here the air is fair */
                            fairPpm: number
                            /** from here the air is poor */
                            poorPpm: number
                        }
                        lessons: {
                            /** days of the week from 1 for Monday */
                            days: (number)[]
                            hours: ({
                                /** local time, 08:00; the end may be 24:00 */
                                from: string
                                /** local time, 08:00; the end may be 24:00 */
                                to: string
                            })[]
                        }
                        holidays: ({
                            /** local date, inclusive */
                            from: string
                            /** local date, inclusive */
                            to: string
                            name: string
                        })[]
                        /** by the id of the device */
                        rooms: {
                            [name: string]: {
                                /** parts from the largest, with / between them: Building A / Floor 1 */
                                group?: string
                                /** its own; those of the site when absent */
                                limits?: {
                                    /** from here the air is fair */
                                    fairPpm: number
                                    /** from here the air is poor */
                                    poorPpm: number
                                }
                            }
                        }
                    }
                }
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            /** of the document that was read; 0 before the first change */
                            revision: number
                            /** of the school; may be empty */
                            name: string
                            /** of pages and prints; null: that of the browser */
                            language: "en" | "de" | "fr" | "es" | "it" | "nl" | null
                            /** name of the IANA database, as Europe/Berlin */
                            timeZone: string
                            /** of CO2 in every room without limits of its own */
                            limits: {
                                /** from here the air is fair */
                                fairPpm: number
                                /** from here the air is poor */
                                poorPpm: number
                            }
                            lessons: {
                                /** days of the week from 1 for Monday */
                                days: (number)[]
                                hours: ({
                                    /** local time, 08:00; the end may be 24:00 */
                                    from: string
                                    /** local time, 08:00; the end may be 24:00 */
                                    to: string
                                })[]
                            }
                            holidays: ({
                                /** local date, inclusive */
                                from: string
                                /** local date, inclusive */
                                to: string
                                name: string
                            })[]
                            /** by the id of the device */
                            rooms: {
                                [name: string]: {
                                    /** parts from the largest, with / between them: Building A / Floor 1 */
                                    group?: string
                                    /** its own; those of the site when absent */
                                    limits?: {
                                        /** from here the air is fair */
                                        fairPpm: number
                                        /** from here the air is poor */
                                        poorPpm: number
                                    }
                                }
                            }
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "BODY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "ADMIN_ONLY" | "CROSS_SITE"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                409: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "SITE_CHANGED"
                        }
                    }
                }
                413: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "BODY_TOO_LARGE"
                        }
                    }
                }
                415: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "MEDIA_TYPE_UNSUPPORTED"
                        }
                    }
                }
                422: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "SITE_DOCUMENT_INVALID" | "SETTINGS_TOO_LONG"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "STORE_NOT_DURABLE"
                        }
                    }
                }
            }
        }
    }
    "/api/v1/stream": {
        /** Changes of devices as they happen (server-sent events) */
        get: {
            parameters: {
                query?: {
                    /** devices if absent */
                    view?: "devices" | "wall"
                }
                path?: never
                header?: {
                    /** `id` of the last event that was received */
                    "last-event-id"?: string
                }
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "text/event-stream": string
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED" | "QUERY_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "READS_BUSY"
                        }
                    }
                }
            }
        }
    }
    "/live": {
        /** Checks that the process answers */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            status: "ok"
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL"
                        }
                    }
                }
            }
        }
    }
    "/ready": {
        /** Checks that a batch could be stored now */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            status: "ok"
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "STORE_NOT_DURABLE" | "SERVER_CLOCK_WRONG" | "DISK_LOW" | "STORE_TIMEOUT"
                        }
                    }
                }
            }
        }
    }
    "/health": {
        /** The same as /ready */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "application/json": {
                            status: "ok"
                        }
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL" | "STORE_FAILED" | "STORE_UNOPENED" | "STORE_NOT_A_DATABASE" | "STORE_VERSION"
                        }
                    }
                }
                503: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "STORE_BUSY" | "STORE_FULL" | "STORE_DISK_FAILED" | "STORE_UNREACHABLE" | "STORE_UNTRUSTED" | "STORE_LOGIN_REFUSED" | "STORE_UNSAFE" | "STORE_NOT_DURABLE" | "SERVER_CLOCK_WRONG" | "DISK_LOW" | "STORE_TIMEOUT"
                        }
                    }
                }
            }
        }
    }
    "/metrics": {
        /** Counts and measurements for Prometheus */
        get: {
            parameters: {
                query?: never
                path?: never
                header?: never
                cookie?: never
            }
            responses: {
                200: {
                    content: {
                        "text/plain": string
                    }
                }
                400: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_MALFORMED"
                        }
                    }
                }
                401: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "NOT_LOGGED_IN" | "TOKEN_UNKNOWN" | "LINK_INVALID"
                        }
                    }
                }
                403: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "DEVICE_LINK_ONLY"
                        }
                    }
                }
                408: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "REQUEST_TIMEOUT"
                        }
                    }
                }
                429: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "RATE_LIMIT"
                        }
                    }
                }
                431: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "HEADERS_TOO_LARGE"
                        }
                    }
                }
                500: {
                    content: {
                        "application/problem+json": Problem & {
                            code: "INTERNAL"
                        }
                    }
                }
            }
        }
    }
}
