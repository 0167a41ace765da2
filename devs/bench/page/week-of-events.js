/** Runs in the page: hours of what the server would send. Every value of every room changes, and all levels occur. */
globalThis.simulatedHours = async (rooms, startS, fromHour, hours) => {
    const levels = ["good", "fair", "poor"]
    for (let minute = fromHour * 60; minute < (fromHour + hours) * 60; minute++) {
        const now = startS + minute * 60
        simulated.advance(60_000)
        rooms.forEach((id, at) => {
            // each room posts every five minutes; one in ten is silent for an hour a day
            if ((minute + at) % 5 !== 0 || (at % 10 === 3 && minute % 1440 < 60)) return
            const ppm = 450 + ((minute * 37 + at * 211) % 2000)
            const level = levels[ppm < 1000 ? 0 : ppm < 2000 ? 1 : 2]
            const levelSince = level === "good" ? null : now - ((minute * 7) % 3600)
            const silentFrom = now + 900
            const sensorFailed = at % 10 === 7 && minute % 1440 < 120
            const trendPpm = ((minute * 13 + at) % 300) - 150
            const room = {
                id,
                at: now,
                ppm: sensorFailed ? null : ppm,
                level,
                levelSince,
                silentFrom,
                sensorFailed,
                trendPpm,
            }
            simulated.emit("room", { now, room })
        })
        // a room is revoked at midnight and added again an hour later
        if (minute % 1440 === 0) simulated.emit("rooms", { now, ids: rooms.slice(1) })
        if (minute % 1440 === 60) {
            simulated.emit("rooms", { now, ids: rooms })
            const limits = { fairPpm: 1000, poorPpm: 2000 }
            const room = { id: rooms[0], name: rooms[0], group: null, limits, estimated: false, temperatureC: 21 }
            simulated.emit("room", { now, room: { ...room, humidityRh: 40, at: null, ppm: null, level: null } })
        }
        simulated.emit("time", { now })
        // what is waiting, such as the response to a question, goes on
        if (minute % 10 === 0) await new Promise(resolve => queueMicrotask(resolve))
    }
}
