// The styles in which songs are composed, and what words of a prompt say.

/// A style: tempo, metre, scales, chords, drums and instruments.
public enum SongStyle: String, Sendable, Hashable, CaseIterable {
    /// Slow, with an electric piano, strings and a soft beat.
    case ballad
    /// Plucked guitars, a whistle and hand drums.
    case folk
    /// Four kicks to the bar, chords that step back for them, a bright lead.
    case house
    /// Slow and swung, dulled and warm.
    case lofi
    /// Brass and snare in a walking tempo.
    case march
    /// Three beats, strings and a harp.
    case waltz
}

/// What the words of a prompt ask for.
struct SongMood: Equatable {
    /// The style that a word names; the first one counts.
    var style: SongStyle?
    /// Below 0 sad, above 0 happy.
    var light = 0
    /// Below 0 slow, above 0 fast.
    var drive = 0

    private static let styles: [(SongStyle, [String])] = [
        (.ballad, ["ballad", "piano", "slow dance", "발라드", "피아노", "バラード"]),
        (.folk, ["folk", "acoustic", "guitar", "country", "campfire", "포크", "통기타", "기타", "フォーク"]),
        (.house, ["house", "dance", "club", "techno", "edm", "disco", "하우스", "댄스", "클럽", "ハウス"]),
        (.lofi, ["lofi", "lo-fi", "chill", "study", "hip hop", "hip-hop", "로파이", "공부", "힙합", "ローファイ"]),
        (.march, ["march", "parade", "anthem", "brass", "heroic", "fanfare", "행진", "애국", "マーチ"]),
        (.waltz, ["waltz", "vals", "ballroom", "왈츠", "ワルツ"]),
    ]
    private static let bright = [
        "happy", "joy", "sun", "bright", "love", "summer", "hope", "smile", "행복", "기쁜", "사랑", "여름", "희망", "明る", "嬉し",
    ]
    private static let dark = [
        "sad", "dark", "rain", "lonely", "melanchol", "night", "cry", "winter", "lost", "슬픈", "슬픔", "비 오", "외로", "이별",
        "겨울", "悲し", "暗い",
    ]
    private static let fast = [
        "fast", "energetic", "upbeat", "party", "run", "dance", "wild", "빠른", "신나", "파티", "速い",
    ]
    private static let slow = ["slow", "calm", "sleep", "quiet", "gentle", "soft", "느린", "조용", "잔잔", "자장", "静か"]

    /// Looks for words, whatever their case.
    init(_ prompt: String) {
        let text = prompt.lowercased()
        func count(_ words: [String]) -> Int { words.filter { text.contains($0) }.count }
        style = Self.styles.first { count($0.1) > 0 }?.0
        light = count(Self.bright) - count(Self.dark)
        drive = count(Self.fast) - count(Self.slow)
    }
}
