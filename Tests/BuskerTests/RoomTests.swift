// The rooms come together.

import Busker
import BuskerTesting
import Testing
