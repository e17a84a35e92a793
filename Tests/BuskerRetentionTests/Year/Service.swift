// The five services, their policies and the kinds of their files.

import BuskerRetention

/// The five services.
enum Service: String, CaseIterable {
    case songs
    case posters
    case invoices
    case stems
    case dubs

    func policy(_ zone: Zone) throws -> RetentionPolicy {
        switch self {
        case .songs: try ServicePolicies.songs(in: zone)
        case .posters: try ServicePolicies.posters(in: zone)
        case .invoices: try ServicePolicies.invoices(in: zone, legalYears: 5)
        case .stems: try ServicePolicies.stems(in: zone)
        case .dubs: try ServicePolicies.dubs(in: zone)
        }
    }

    /// The kinds of file that it makes.
    var kinds: [String] {
        switch self {
        case .songs: ["song"]
        case .posters: ["session", "session", "poster"]
        case .invoices: ["invoice"]
        case .stems: ["upload", "stem", "stem"]
        case .dubs: ["dub"]
        }
    }
}
