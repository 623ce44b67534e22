"""ENGINE 1. A conversation: one Incoming in, one Reply out. No platform, no SQL, no web framework."""
