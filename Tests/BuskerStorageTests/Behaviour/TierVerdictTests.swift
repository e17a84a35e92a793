// Every case of what a row says and what is seen in two tiers.

import BuskerStorage
import Testing

@Suite struct TierVerdictTests {
    /// A line of the table for a file that should be in both tiers.
    struct Line: Sendable {
        let near: TierSighting
        let far: TierSighting
        var serve: StoreTier?
        let states: TierStates
        var repairs: Set<StoreTier> = []
        var quarantines: Set<StoreTier> = []
        var alert: TierAlert?
        var isMissing = false

        init(
            _ near: TierSighting, _ far: TierSighting, serve: StoreTier?, _ nearState: TierState, _ farState: TierState,
            repairs: Set<StoreTier> = [], quarantines: Set<StoreTier> = [], alert: TierAlert? = nil,
            isMissing: Bool = false
        ) {
            (self.near, self.far, self.serve) = (near, far, serve)
            states = TierStates(near: nearState, far: farState)
            (self.repairs, self.quarantines, self.alert, self.isMissing) = (repairs, quarantines, alert, isMissing)
        }
    }

    /// The table of the research, section 3.3, with every case it leaves to the reader.
    static let table = [
        Line(.good, .good, serve: .near, .present, .present),
        Line(.absent, .good, serve: .far, .missing, .present, repairs: [.near]),
        Line(.good, .absent, serve: .near, .present, .missing, repairs: [.far], alert: .farLost),
        Line(.damaged, .good, serve: .far, .damaged, .present, repairs: [.near], quarantines: [.near]),
        Line(.good, .damaged, serve: .near, .present, .damaged, repairs: [.far], quarantines: [.far], alert: .farLost),
        Line(.absent, .absent, serve: nil, .missing, .missing, alert: .lost, isMissing: true),
        Line(.damaged, .absent, serve: nil, .damaged, .missing, alert: .noGoodCopy, isMissing: true),
        Line(.absent, .damaged, serve: nil, .missing, .damaged, alert: .noGoodCopy, isMissing: true),
        Line(.damaged, .damaged, serve: nil, .damaged, .damaged, alert: .noGoodCopy, isMissing: true),
        Line(.unknown, .good, serve: .far, .present, .present),
        Line(.good, .unknown, serve: .near, .present, .present),
        Line(.unknown, .unknown, serve: nil, .present, .present),
        Line(.unknown, .absent, serve: nil, .present, .present),
        Line(.absent, .unknown, serve: nil, .present, .present),
        Line(.unknown, .damaged, serve: nil, .present, .present),
        Line(.damaged, .unknown, serve: nil, .present, .present),
    ]

    @Test func theTableIsComplete() {
        #expect(Set(Self.table.map { [$0.near, $0.far] }).count == 16)
    }

    @Test(arguments: table)
    func aFileOfBothTiersIsJudgedAsTheTableSays(line: Line) {
        let row = TierStates(near: .present, far: .present)
        let verdict = TierVerdict(row: row, near: line.near, far: line.far)
        #expect(verdict.serve == line.serve && verdict.states == line.states)
        #expect(verdict.repairs == line.repairs && verdict.quarantines == line.quarantines)
        #expect(verdict.alert == line.alert && verdict.isMissing == line.isMissing && !verdict.isOrphan)
    }

    @Test func noRowMeansAnOrphanAndNothingElse() {
        let none = TierStates(near: .none, far: .none)
        for near in TierSighting.allCases {
            for far in TierSighting.allCases {
                let verdict = TierVerdict(row: none, near: near, far: far)
                let isThere = [near, far].contains(.good) || [near, far].contains(.damaged)
                #expect(verdict.isOrphan == isThere, "\(near) \(far)")
                #expect(verdict.serve == nil && verdict.states == none && verdict.repairs.isEmpty)
                #expect(verdict.alert == nil && !verdict.isMissing)
            }
        }
    }

    @Test(arguments: TierState.allCases, TierState.allCases)
    func theLawsHoldForEveryRow(nearState: TierState, farState: TierState) {
        let row = TierStates(near: nearState, far: farState)
        guard nearState != .none || farState != .none else { return }
        for near in TierSighting.allCases {
            for far in TierSighting.allCases {
                let verdict = TierVerdict(row: row, near: near, far: far)
                let seen: [StoreTier: TierSighting] = [.near: near, .far: far]
                let comment: Comment = "\(row) \(near) \(far)"
                if let serve = verdict.serve { #expect(seen[serve] == .good, comment) }
                #expect((verdict.serve == nil) == !seen.values.contains(.good), comment)
                #expect(near != .good || verdict.serve == .near, comment)
                if seen.values.contains(.unknown) {
                    #expect(verdict.states == row && verdict.repairs.isEmpty && verdict.alert == nil, comment)
                    #expect(!verdict.isMissing, comment)
                    continue
                }
                #expect(verdict.isMissing == !seen.values.contains(.good), comment)
                for tier in StoreTier.allCases {
                    let wanted = row[tier] != .none
                    #expect(wanted == (verdict.states[tier] != .none), comment)
                    #expect(!wanted || (verdict.states[tier] == .present) == (seen[tier] == .good), comment)
                    let repairs = wanted && seen[tier] != .good && seen[tier.other] == .good
                    #expect(verdict.repairs.contains(tier) == repairs, comment)
                    #expect(verdict.quarantines.contains(tier) == (repairs && seen[tier] == .damaged), comment)
                }
            }
        }
    }
}
