/** The posts of a device with an SCD4x: CO2, temperature and humidity, and the status that its firmware adds. */

export interface DevicePosts {
    token: string
    boot: string
    /** seconds between two readings */
    stepS: number
    /** readings in a post */
    batch: number
    /** end of the first reading's interval, Unix seconds */
    startS: number
}

/** A post whose readings are not sent yet. */
export interface Post {
    body: string
    /** its last sequence number, which the server acknowledges */
    lastSeq: number
}

/** Each post in turn, as JSON. */
export function* devicePosts({ boot, stepS, batch, startS }: DevicePosts): Generator<Post, never, void> {
    for (let seq = 1; ; seq += batch) {
        const time = startS + (seq - 1) * stepS
        const values = Array.from({ length: batch }, (_, at) => valuesAt(seq + at))
        const post = {
            boot,
            seq,
            time,
            age: Math.floor(Date.now() / 1000) - time,
            step: stepS,
            co2Ppm: values.map(({ co2Ppm }) => co2Ppm),
            temperatureC: values.map(({ temperatureC }) => temperatureC),
            humidityRh: values.map(({ humidityRh }) => humidityRh),
            status: { uptimeS: seq * stepS, rssi: -61, handshakes: 1, sensors: { scd41: {} } },
        }
        yield { body: JSON.stringify(post), lastSeq: seq + batch - 1 }
    }
}

/** What is measured as this sequence number: values move as those of a room do, so that they have as many digits. */
export function valuesAt(seq: number): { co2Ppm: number; temperatureC: number; humidityRh: number } {
    return {
        co2Ppm: 420 + Math.round(480 * wave(seq, 480)) + (seq % 7),
        temperatureC: rounded(20.5 + 2 * wave(seq, 1440) + (seq % 5) / 100),
        humidityRh: rounded(44.5 + 9 * wave(seq, 1000) + (seq % 11) / 100),
    }
}

/** 0 to 1 and back, in `period` readings. */
function wave(at: number, period: number): number {
    return (1 - Math.cos((2 * Math.PI * at) / period)) / 2
}

function rounded(value: number): number {
    return Math.round(value * 100) / 100
}
