// Colours for drawings, checked so that no text slips into the markup.

/// A colour: `#rrggbb`, `#rrggbbaa`, or a CSS name.
public struct WaveformColor: Sendable, Hashable, CustomStringConvertible {
    /// The colour as it stands in the drawing.
    public let description: String

    /// A colour from its text; throws `badArgument` for anything but the three forms.
    public init(_ text: String) throws(AudioError) {
        let lower = text.utf8.count <= 32 ? text.lowercased() : ""
        let digits = lower.utf8.dropFirst()
        let isHex =
            lower.hasPrefix("#") && (digits.count == 6 || digits.count == 8)
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard isHex || Self.names.contains(lower[...]) else {
            throw AudioError(
                .badArgument, "A colour is written as #rrggbb, #rrggbbaa or a CSS name such as \"teal\".")
        }
        description = lower
    }

    private init(known text: String) { description = text }

    /// The default of what is drawn: a warm dark red.
    public static let wave = WaveformColor(known: "#c2410c")
    /// The default of RMS over peaks: a light orange.
    public static let rms = WaveformColor(known: "#fdba74")
    /// The default of what has been played: nearly black.
    public static let played = WaveformColor(known: "#431407")

    /// The named colours of CSS.
    private static let names: Set<Substring> = Set(
        """
        aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood \
        cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod \
        darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon \
        darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray \
        dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green \
        greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon \
        lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon \
        lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen \
        magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue \
        mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy \
        oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip \
        peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown \
        seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal \
        thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen transparent
        """.split(separator: " "))
}
