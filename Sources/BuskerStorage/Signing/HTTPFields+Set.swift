// Headers by names that are written out.

import HTTPTypes

extension HTTPFields {
    /// Sets or takes away the one header of a name; a name that is none is left out.
    mutating func set(_ name: String, _ value: String?) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }
}
