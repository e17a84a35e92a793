// What was answered is on the disk when the power goes.

import BuskerDatabase
import BuskerTesting
import Foundation
import Synchronization
import TestSupport
import Testing

/// Cuts the power while callers write, and looks at what is left.
///
/// `BUSKER_POWER_CUTS` asks for more cuts than 200, `BUSKER_SEED` for the cuts of another run.
@Suite struct PowerCutTests {
    /// What one cut left behind.
    struct Remains {
        var acknowledged = 0
        var lost = 0
        var torn = 0
        var damage: [String] = []
    }

    static func number(_ variable: String, else fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? fallback
    }

    static let cuts = number("BUSKER_POWER_CUTS", else: 200)
    static let seed = UInt64(number("BUSKER_SEED", else: 20_261_121))

    /// Lets three callers write pairs of rows until the power goes, then reads what the disk kept.
    static func cut(
        seed: UInt64, fate: PowerCut.Fate, synchronous: String = "FULL", checkpointPages: Int
    ) async throws -> Remains {
        try await withFolder { folder in
            var generator = SeededGenerator(seed: seed)
            try FileManager.default.createDirectory(atPath: folder + "/before", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: folder + "/after", withIntermediateDirectories: true)
            let disk = try PowerCut(folder: folder + "/before")
            let limits = DatabaseLimits(readers: 1)
            let database = try disk.database(limits: limits, synchronous: synchronous, checkpointPages: checkpointPages)
            try await database.write { tx in
                try tx.execute(
                    "CREATE TABLE pair (id INTEGER NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (id, half)) STRICT")
            }
            disk.cut(after: Int.random(in: 1...300, using: &generator))
            let acknowledged = await write(to: database)
            await database.close()
            let path = try disk.remains(in: folder + "/after", fate: fate, seed: seed)
            return try await look(at: path, for: acknowledged, limits)
        }
    }

    /// Writes until nothing is answered any more, and returns what was.
    private static func write(to database: any Database) async -> Set<Int> {
        await withTaskGroup(of: [Int].self) { group in
            for caller in 0..<3 {
                group.addTask {
                    var answered: [Int] = []
                    while true {
                        let id = answered.count * 3 + caller
                        do {
                            answered.append(
                                try await database.write { tx in
                                    try tx.execute("INSERT INTO pair VALUES (\(id), \(0))")
                                    try tx.execute("INSERT INTO pair VALUES (\(id), \(1))")
                                    return id
                                })
                        } catch {
                            return answered
                        }
                    }
                }
            }
            return await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
        }
    }

    private static func look(at path: String, for acknowledged: Set<Int>, _ limits: DatabaseLimits) async throws
        -> Remains
    {
        var remains = Remains(acknowledged: acknowledged.count)
        let database = try SQLiteDatabase(path: path, limits: limits)
        remains.damage = try await database.integrityCheck()
        let hasTable = try await database.read { tx in
            try tx.value("SELECT count(*) FROM sqlite_schema WHERE name = 'pair'", as: Int.self)
        }
        let kept = try await database.read { tx in
            guard hasTable == 1 else { return [Int: Int]() }
            return try tx.rows("SELECT id, count(*) FROM pair GROUP BY id").reduce(into: [:]) {
                $0[try $1.get(0, as: Int.self)] = try $1.get(1, as: Int.self)
            }
        }
        remains.lost = acknowledged.subtracting(kept.keys).count
        remains.torn = kept.values.filter { $0 != 2 }.count
        await database.close()
        return remains
    }

    @Test func nothingThatWasAnsweredIsLost() async throws {
        var acknowledged = 0
        for at in 0..<Self.cuts {
            let seed = Self.seed &+ UInt64(at)
            let fate = PowerCut.Fate.allCases[at % 3]
            let remains = try await Self.cut(seed: seed, fate: fate, checkpointPages: at % 2 == 0 ? 20 : 1000)
            #expect(remains.lost == 0, "BUSKER_SEED=\(seed) BUSKER_POWER_CUTS=1, fate \(fate)")
            #expect(remains.torn == 0, "BUSKER_SEED=\(seed) BUSKER_POWER_CUTS=1, fate \(fate)")
            #expect(remains.damage == [], "BUSKER_SEED=\(seed) BUSKER_POWER_CUTS=1, fate \(fate)")
            acknowledged += remains.acknowledged
        }
        #expect(acknowledged > 5 * Self.cuts)
    }

    @Test func aWeakerSettingWouldBeCaught() async throws {
        var lossy = 0
        for at in 0..<10 {
            let remains = try await Self.cut(
                seed: Self.seed &+ UInt64(at), fate: .drop, synchronous: "NORMAL", checkpointPages: 1000)
            if remains.lost > 0 { lossy += 1 }
            #expect(remains.torn == 0)
            #expect(remains.damage == [])
        }
        #expect(lossy >= 8, "only \(lossy) of 10 cuts lost anything; BUSKER_SEED=\(Self.seed)")
    }

    @Test func aCommitThatFailedIsToldAsUnknown() async throws {
        try await withFolder { folder in
            let disk = try PowerCut(folder: folder)
            let database = try disk.database()
            try await Schema.makeNumbers(database)
            let began = Gate()
            let mayEnd = Gate()
            let first = Task {
                try await database.write { _ in
                    began.open()
                    mayEnd.wait()
                }
            }
            await began.opened()
            let calls = (0..<8).map { id in
                Task {
                    try await database.write { tx in
                        try tx.execute("INSERT INTO n VALUES (\(id))")
                        if id == 3 { throw Refusal() }
                    }
                }
            }
            disk.failSyncs(1000)
            mayEnd.open()
            try? await first.value
            for (id, call) in calls.enumerated() {
                let error = await #expect(throws: (any Error).self) { try await call.value }
                if id == 3 {
                    #expect(error is Refusal)
                } else {
                    #expect((error as? DatabaseError)?.code == .unknownOutcome)
                }
            }
            disk.failSyncs(0)
            try await database.write { tx in try tx.execute("INSERT INTO n VALUES (100)") }
            #expect(try await Schema.numbers(database) == [100])
            #expect(try await database.integrityCheck() == [])
            await database.close()
        }
    }

    @Test func aDiskThatIsGoneIsToldAndNothingHangs() async throws {
        try await withFolder { folder in
            let disk = try PowerCut(folder: folder)
            let database = try disk.database()
            try await Schema.makeNumbers(database)
            disk.cut(after: 0)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in try tx.execute("INSERT INTO n VALUES (1)") }
            }
            #expect(error?.code == .unknownOutcome || error?.code == .storage)
            await database.close()
        }
    }
}
