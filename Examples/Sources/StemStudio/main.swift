// Stem separation for pay.
import HostKit
